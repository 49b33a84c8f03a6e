/** Line icons on a 20 × 20 grid, drawn for this page. */

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  hash: "M7.5 3 6 17M14 3l-1.500 14M3.500 7.500h13M3 12.500h13",
  lock: "M5.500 9h9v7.500h-9zM7 9V6.500a3 3 0 0 1 6 0V9",
  archive: "M3 4h14v3.500H3zM4.500 7.500V16h11V7.500M8 11h4",
  at: "M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0zm0 0v1.200a2 2 0 0 0 4 0V10a7 7 0 1 0-2.800 5.600",
  thread: "M4 4h12v9H9.500L6 16v-3H4z",
  reply: "M4 4h12v9H9.500L6 16v-3H4zM7 7.500h6M7 10h4",
  dots: "M5 10h.010M10 10h.010M15 10h.010",
  bolt: "M11 2.500 4.500 11.500h4.500L8.500 17.500 15.500 8h-4.500z",
  send: "M3.500 3.500 17 10 3.500 16.500 5.500 10zM5.500 10H11",
  plus: "M10 4v12M4 10h12",
  close: "m5 5 10 10M15 5 5 15",
  back: "M11.500 4.500 6 10l5.500 5.500",
  down: "m5.500 8 4.500 4.500L14.500 8",
  right: "M8 5.500 12.500 10 8 14.500",
  menu: "M3.500 5.500h13M3.500 10h13M3.500 14.500h13",
  check: "m4.500 10.500 3.500 3.500 7.500-8",
  alert: "M10 3 2.500 16.500h15zM10 8v4M10 14.200v.010",
  wrong: "M10 6v5M10 13.700v.010",
  link: "M8.500 11.500a3 3 0 0 0 4.200 0l2.600-2.600a3 3 0 0 0-4.200-4.200l-.900.900M11.500 8.500a3 3 0 0 0-4.200 0L4.700 11.100a3 3 0 0 0 4.200 4.200l.900-.900",
  eye: "M2.500 10S5 5 10 5s7.500 5 7.500 5-2.500 5-7.500 5-7.500-5-7.500-5zM12 10a2 2 0 1 1-4 0 2 2 0 0 1 4 0z",
  people: "M10.500 7a2.500 2.500 0 1 1-5 0 2.500 2.500 0 0 1 5 0zM3 16c0-2.800 2-4.500 5-4.500s5 1.700 5 4.500M13 4.700a2.500 2.500 0 0 1 0 4.600M14.500 11.900c1.600.600 2.500 2 2.500 4.100",
  pulse: "M2.500 10.500H6l2-5.500 3.500 10 2-4.500h4",
  play: "M7 4.500v11l8.500-5.500z",
  film: "M3.500 4.500h13v11h-13zM6.500 4.500v11M13.500 4.500v11M3.500 8h3M3.500 12h3M13.500 8h3M13.500 12h3",
  file: "M5 2.500h6.500L15 6v11.500H5zM11.500 2.500V6H15",
  home: "M3.500 9 10 3.500 16.500 9M5 8v8.500h10V8M8.500 16.500V12h3v4.500",
  switch: "M4 7h11l-3-3M16 13H5l3 3",
};

/** An icon that says nothing to screen readers: its button has a label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
