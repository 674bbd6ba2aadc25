"""Cells of figures scaled down until they run in no time."""


def small(cell):
    """The cell with few bees, environments and steps."""
    if cell["model"] == "Rewards":
        return cell
    if cell["model"] == "Drift":
        return cell | {"bees": 6400}
    every = cell.get("record_every") or 1
    sizes = {key: 8 for key in ("population_size", "parallel_envs") if key in cell}
    result = cell | {"steps": 4 * every} | sizes
    if cell.get("neighbourhood_size") not in (None, "all"):
        result["neighbourhood_size"] = min(cell["neighbourhood_size"], 8)
    if "half" in cell:
        smaller = {key: 4 for key in ("population_size", "parallel_envs") if key in cell["half"]}
        slower = (
            {"steps": 4 * cell["half"]["record_every"]} if "record_every" in cell["half"] else {}
        )
        result["half"] = cell["half"] | smaller | slower
    return result
