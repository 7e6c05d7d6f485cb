// How a training went, epoch by epoch, as small drawings.
import { draw, make } from "./dom.js";
import { t } from "./texts.js";

const WIDTH = 300, HEIGHT = 100, EDGE = 6;
const CURVES = [
  ["curveMap", (epoch) => epoch.metrics.map],
  ["curveAccuracy", (epoch) => epoch.metrics.accuracy],
  ["curveLoss", (epoch) => epoch.loss],
];

// A figure for each number that the epochs (as Job.training.history has them) tell.
export function curves(history) {
  return CURVES.flatMap(([name, value]) => {
    const points = history.map((epoch, at) => ({ at, phase: epoch.phase, value: value(epoch) })).filter((one) => Number.isFinite(one.value));
    return points.length ? [figure(t(name), points, history.length)] : [];
  });
}

function figure(name, points, epochs) {
  const values = points.map((one) => one.value);
  const low = Math.min(...values), high = Math.max(...values);
  const text = t("curveText", { name, first: values[0].toFixed(3), last: values.at(-1).toFixed(3) });
  const x = (at) => EDGE + (at / Math.max(epochs - 1, 1)) * (WIDTH - 2 * EDGE);
  const y = (one) => HEIGHT - EDGE - ((one - low) / (high - low || 1)) * (HEIGHT - 2 * EDGE);
  const second = points.find((one) => one.phase === 2 && one.at > 0);
  const last = points.at(-1);
  const drawing = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${text}. ${t("epochsSoFar", { count: epochs })}` },
    ...(second ? [draw("line", { class: "phase", x1: x(second.at - 0.5), x2: x(second.at - 0.5), y1: 0, y2: HEIGHT })] : []),
    draw("polyline", { points: points.map((one) => `${x(one.at).toFixed(1)},${y(one.value).toFixed(1)}`).join(" ") }),
    draw("circle", { cx: x(last.at), cy: y(last.value), r: 3.5 }));
  return make("figure", { className: "curve" },
    make("figcaption", {}, text),
    make("div", { className: "plot" }, make("small", {}, high.toFixed(3)), make("small", {}, low.toFixed(3)), drawing));
}
