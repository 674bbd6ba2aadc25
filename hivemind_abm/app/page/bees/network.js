// The bees at the places of a layout, with the links between them on a canvas below.
const MOST_ZOOM = 40, REST = 150;  // ms without a movement after which the links are drawn anew
// What is left of the colour of bees that are not linked with the chosen one.
const FADED = 0.25, FADED_ON_DARK = 0.4;

const view = {
  name: 'network',
  data() { return {zoom: 1, shift: [0, 0]}; },
  scene(page) { return [page.net, page.lit, page.zoom, page.shift]; },
  computed: {
    // The layout, unpacked; null until it is there or while it is that of another hive.
    net() {
      if (!this.network.places) return null;
      const numbers = text => new Uint16Array(this.unpacked(text).buffer);
      const flat = numbers(this.network.places), ends = numbers(this.network.links), places = [];
      for (let i = 0; i < flat.length; i += 2) places.push([flat[i] / 65535, flat[i + 1] / 65535]);
      return places.length === this.bees ? {...this.network, places, ends} : null;
    },
    touch() { return this.zoom > 1 ? 'none' : 'pan-y'; },  // what a finger does that the browser takes
    waits() { return this.net ? '' : 'laying out the network ...'; },
    summary() {
      const links = this.net ? ` and ${this.net.all_links} links` : '';
      return `network of ${this.bees} bees${links}, coloured by option`;
    },
    howto() {
      const some = this.net && this.net.ends.length / 2 < this.net.all_links;
      const links = some ? `; ${this.net.ends.length / 2} of ${this.net.all_links} links are drawn` : '';
      return 'click a bee to see whom it hears; + − or wheel: zoom; 0: all' + links;
    },
    // Who is linked with the chosen bee.  Python knows all of it; until it answers, the links drawn.
    around() {
      const chosen = this.chosen, around = {hears: [], heard_by: []};
      if (chosen === null || !this.net) return around;
      if (this.lit.bee === chosen) return this.lit;
      const ends = this.net.ends;
      for (let i = 0; i < ends.length; i += 2) {
        if (ends[i] === chosen) around.hears.push(ends[i + 1]);
        if (ends[i + 1] === chosen) around.hears.push(ends[i]);
      }
      return around;
    },
  },
  methods: {
    sign(kind) { return SIGNS[kind % SIGNS.length]; },
    named(bee) { return this.net && this.net.names.length ? `, node ${this.net.names[bee]}` : ''; },
    placed(width, height) {
      if (!this.net) return [];
      const margin = 18, {places, gap} = this.net, wide = this.net.width, high = this.net.height;
      const base = Math.min((width - 2 * margin) / Math.max(wide, 1e-9), (height - 2 * margin) / Math.max(high, 1e-9));
      const [dx, dy] = this.shift, left = width / 2 + dx, top = height / 2 + dy, scale = base * this.zoom;
      this.size = Math.min(Math.min(Math.max(0.42 * gap * base, 1.7), 13) * this.zoom ** 0.6, 18);
      this.large = Math.max(this.size, Math.min(1.4 * this.size, 9), 4);  // that is linked with the chosen one
      this.reach = Math.max(1.4 * this.size, 9);
      return places.map(([x, y]) => [left + scale * (x - wide / 2), top + scale * (y - high / 2)]);
    },
    paint(pen, width, height) {
      const {hears, heard_by} = this.around, all = this.chosen === null;
      const near = new Set([...hears, ...heard_by, this.chosen]);
      this.drawLinks(width, height);
      this.$refs.links.style.opacity = all ? 1 : 0.35;
      const some = [...this.centres.keys()];
      this.nodes(pen, all ? some : some.filter(bee => !near.has(bee)), this.size, all ? 1 : this.$vuetify.theme.dark ? FADED_ON_DARK : FADED);
      if (!all) {
        pen.strokeStyle = this.palette.ink;
        const asked = this.marked('asked');
        for (const bee of hears) this.line(pen, this.chosen, bee, asked.includes(bee) ? 3 : 1.3);
        pen.setLineDash([4, 4]);
        for (const bee of heard_by) this.line(pen, this.chosen, bee, 1.3);
        pen.setLineDash([]);
        this.nodes(pen, some.filter(bee => near.has(bee)), this.large, 1);
      }
      this.mark(pen);
    },
    // Bees that look alike are one path.
    nodes(pen, bees, size, strength) {
      const follows = this.bytes.follows, alike = new Map(), width = this.$el.clientWidth;
      for (const bee of bees) {
        const [x, y] = this.centres[bee], far = size * 2;
        if (x < -far || y < -far || x > width + far || y > 460 + far) continue;
        const look = this.look(bee, strength), key = look.fill + look.rim + follows[bee];
        if (!alike.has(key)) alike.set(key, {look, kind: follows[bee], bees: []});
        alike.get(key).bees.push(bee);
      }
      for (const {look, kind, bees: group} of alike.values()) {
        pen.beginPath();
        for (const bee of group) this.shape(pen, kind, ...this.centres[bee], size);
        pen.fillStyle = look.fill;
        pen.fill();
        if (!look.rim && size < 3) continue;
        pen.strokeStyle = look.rim || this.palette.paper;
        pen.lineWidth = look.rim ? Math.max(1, 0.18 * size) : 0.8;
        pen.stroke();
      }
      if (size > 9 && strength === 1) this.write(pen, bees, size);
    },
    write(pen, bees, size) {
      pen.textAlign = 'center';
      pen.textBaseline = 'middle';
      pen.font = Math.round(size * 1.1) + 'px Roboto, sans-serif';
      for (const bee of bees) {
        const option = this.bytes.opinions[bee];
        if (option >= this.colours.length) continue;
        pen.fillStyle = this.look(bee).ink;
        pen.fillText(option, this.centres[bee][0], this.centres[bee][1] + 0.5);
      }
    },
    outline(pen, bee, what) {
      const r = this.large + {heard: 1.5, asked: 2, chosen: 3}[what];
      this.shape(pen, this.bytes.follows[bee], ...this.centres[bee], r);
    },
    // The links are drawn once for a layout, a size and a place; while that moves, their picture is moved.
    drawLinks(width, height) {
      const now = {net: this.net, ink: this.palette.ink, width, height, zoom: this.zoom, shift: this.shift};
      const then = this.drawnAt || {}, same = names => names.every(name => then[name] === now[name]);
      if (same(Object.keys(now))) return;
      clearTimeout(this.resting);
      if (!same(['net', 'ink', 'width', 'height'])) {
        this.inkLinks(now);
        return;
      }
      const k = now.zoom / then.zoom, mid = [width / 2, height / 2];
      const [x, y] = [0, 1].map(i => mid[i] + now.shift[i] - k * (mid[i] + then.shift[i]));
      this.$refs.links.style.transform = `translate(${x}px, ${y}px) scale(${k})`;
      this.resting = setTimeout(() => this.$refs.links && this.inkLinks(now), REST);
    },
    inkLinks(now) {
      const pen = this.sized(this.$refs.links, now.width, now.height);
      const {ends} = this.net, centres = this.centres, links = ends.length / 2;
      pen.strokeStyle = now.ink;
      pen.globalAlpha = Math.min(0.5, Math.max(0.1, 9 / Math.sqrt(links + 1)) * now.zoom ** 0.25);
      pen.lineWidth = links > 3000 && now.zoom < 3 ? 0.6 : 1;
      for (let first = 0; first < ends.length; first += 400) {  // short paths are drawn faster than a long one
        pen.beginPath();
        for (let i = first; i < Math.min(first + 400, ends.length); i += 2) {
          pen.moveTo(...centres[ends[i]]);
          pen.lineTo(...centres[ends[i + 1]]);
        }
        pen.stroke();
      }
      this.$refs.links.style.transform = '';
      this.drawnAt = now;
    },
    // Zoom by a factor, with a point that stays where it is.
    zoomed(factor, [x, y]) {
      const zoom = Math.min(Math.max(this.zoom * factor, 1), MOST_ZOOM), k = zoom / this.zoom;
      const mid = [this.$el.clientWidth / 2, this.$refs.canvas.clientHeight / 2];
      this.zoom = zoom;
      this.moveTo([x, y].map((at, i) => at - mid[i] - k * (at - mid[i] - this.shift[i])));
    },
    moveTo(shift) {
      const most = [this.$el.clientWidth, this.$refs.canvas.clientHeight].map(side => side * this.zoom / 2);
      this.shift = shift.map((x, i) => Math.min(Math.max(x, -most[i]), most[i]));
    },
    reset() { [this.zoom, this.shift] = [1, [0, 0]]; },
    own(key) {
      const middle = [this.$el.clientWidth / 2, this.$refs.canvas.clientHeight / 2];
      const factor = {'+': 1.4, '=': 1.4, '-': 1 / 1.4}[key];
      if (factor) this.zoomed(factor, middle);
      if (key === '0') this.reset();
      return Boolean(factor) || key === '0';
    },
    tie() {},  // the links to them are there already
    // A bee that was reached by keys is brought into the picture.
    show(bee) {
      const sides = [this.$el.clientWidth, this.$refs.canvas.clientHeight], at = this.centres[bee];
      if (at.some((x, i) => x < 10 || x > sides[i] - 10)) this.moveTo(this.shift.map((x, i) => x + sides[i] / 2 - at[i]));
    },
    // The page scrolls with the wheel until the picture was clicked or reached by keys.
    wheel(event) {
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== this.$refs.canvas) return;
      event.preventDefault();
      this.zoomed(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), this.at(event));
    },
    down(event) {
      this.fingers = this.fingers || new Map();
      if (!this.fingers.size) this.dragged = false;
      this.fingers.set(event.pointerId, this.at(event));
      this.start = this.at(event);
    },
    drag(event) {
      const before = this.fingers && this.fingers.get(event.pointerId), now = this.at(event);
      if (!before) return;
      if (!event.buttons) return this.up(event);
      if (Math.hypot(now[0] - this.start[0], now[1] - this.start[1]) > 4 && !this.dragged) {
        this.dragged = true;
        this.$refs.canvas.setPointerCapture(event.pointerId);
      }
      const other = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at)[0];
      if (other) {
        const far = at => Math.max(Math.hypot(at[0] - other[0], at[1] - other[1]), 1);
        this.zoomed(far(now) / far(before), [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
      } else if (this.dragged) this.moveTo(this.shift.map((x, i) => x + now[i] - before[i]));
      this.fingers.set(event.pointerId, now);
    },
    up(event) { if (this.fingers) this.fingers.delete(event.pointerId); },
  },
};
