// The bees as cells of a honeycomb that grows ring by ring.
const CORNERS = [0, 1, 2, 3, 4, 5].map(corner => {
  const angle = Math.PI / 180 * (60 * corner + 30);
  return [Math.cos(angle), Math.sin(angle)];
});

const view = {
  name: 'honeycomb',
  data() { return {waits: '', touch: 'auto'}; },
  scene() { return []; },
  computed: {
    summary() { return 'honeycomb of ' + this.bees + ' bees, coloured by option'; },
    howto() { return 'click a bee'; },
    // Places of the cells, in units of one cell.
    cells() {
      const cells = [[0, 0]], turns = [[0, -1], [-1, 0], [-1, 1], [0, 1], [1, 0], [1, -1]];
      let ring = 0;
      while (cells.length < this.bees) {
        ring += 1;
        let q = ring, r = 0;
        for (const [dq, dr] of turns) {
          for (let i = 0; i < ring && cells.length < this.bees; i++) {
            cells.push([q, r]);
            q += dq;
            r += dr;
          }
        }
      }
      return {ring, cells};
    },
  },
  methods: {
    sign(kind) { return kind ? SIGNS[(kind - 1) % SIGNS.length] : ''; },
    named() { return ''; },
    placed(width, height) {
      const {ring, cells} = this.cells;
      const size = Math.min(width / (Math.sqrt(3) * (2 * ring + 1)), height / (3 * ring + 2), 34);
      this.size = this.reach = size;
      return cells.map(([q, r]) => [width / 2 + size * Math.sqrt(3) * (q + r / 2), height / 2 + size * 1.5 * r]);
    },
    paint(pen) {
      const inner = this.size > 5 ? this.size - 0.8 : this.size - 0.3, roomy = this.size > 13;
      const {opinions, follows} = this.bytes;
      pen.textAlign = 'center';
      pen.textBaseline = 'middle';
      pen.font = Math.round(this.size * 0.8) + 'px Roboto, sans-serif';
      for (let bee = 0; bee < this.bees; bee++) {
        const {fill, ink, rim} = this.look(bee), [x, y] = this.centres[bee];
        const wide = rim ? Math.max(0.8, 0.12 * inner) : 0;
        this.hexagon(pen, bee, inner - (rim ? wide / 2 + 0.4 : 0));
        pen.fillStyle = fill;
        pen.fill();
        if (rim) {
          pen.lineWidth = wide;
          pen.strokeStyle = rim;
          pen.stroke();
        }
        // Its option as a number where there is room, and the sign of its rule in a mixed hive.
        pen.fillStyle = ink;
        if (roomy && opinions[bee] < this.colours.length) pen.fillText(opinions[bee], x, y);
        if (!follows[bee]) continue;
        pen.beginPath();
        const low = roomy ? this.size * 0.58 : 0, r = Math.max(this.size * (roomy ? 0.15 : 0.3), 1.3);
        this.shape(pen, follows[bee] - 1, x, y + low, r);
        pen.fill();
      }
      this.mark(pen);
    },
    outline(pen, bee, what) {
      const inner = this.size > 5 ? this.size - 0.8 : this.size - 0.3;
      this.hexagon(pen, bee, {heard: 0.85 * inner, asked: inner, chosen: this.size + 1}[what]);
    },
    hexagon(pen, bee, size) {
      const [x, y] = this.centres[bee];
      pen.beginPath();
      for (const [a, b] of CORNERS) pen.lineTo(x + size * a, y + size * b);
      pen.closePath();
    },
    tie(pen, bee) { this.line(pen, bee, this.chosen, 1.5); },
    show() {},
    own() { return false; },
    wheel() {},
    reset() {},
    down() {},
    drag() {},
    up() {},
  },
};
