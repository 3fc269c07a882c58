import type { Derived } from "../derive.ts";
import { count } from "../text.ts";
import { ink, type Plot, plotWidth } from "./plot.ts";

const lineHeight = 18;
const boxHeight = 26;
const columnsMost = 4;
const nodesMost = 12;

type Point = { readonly x: number; readonly y: number };

/** Shards in rows, their nodes below each, and the approved routes between them. */
export function topologyPlot({ parameters, play }: Derived, path: string): Plot {
  const titleOf = (name: string) => play.manifest.shards.find(({ id }) => id === name)?.title ?? name;
  const shards = parameters.shards.map(({ name, routes }, index) => ({
    ...{ name, routes, title: titleOf(name) },
    nodes: parameters.nodes.filter(({ shard, status }) => shard === index + 1 && status !== "removed"),
  }));
  const columns = Math.min(columnsMost, Math.max(1, shards.length));
  const cell = plotWidth / columns;
  const deepest = Math.min(nodesMost, Math.max(0, ...shards.map(({ nodes }) => nodes.length)));
  // Routes bend above the row they leave from; the farther they reach, the higher.
  const bend = 22 * columns;
  const rowHeight = bend + boxHeight + (deepest + 1) * lineHeight + 12;
  const place = (index: number): Point => ({
    x: (index % columns) * cell + cell / 2,
    y: Math.floor(index / columns) * rowHeight + bend,
  });
  const boxes = shards.map(({ title, name }, index) => {
    const { x, y } = place(index);
    return { words: title, name, left: x - cell / 2 + 12, right: x + cell / 2 - 12, x, y, bottom: y + boxHeight };
  });
  const lines = shards.flatMap(({ nodes, name, title }, index) => {
    const { x, y } = place(index);
    const words = nodes.slice(0, nodesMost).map((node) => `${node.name}, ${count(node.maxConcurrency)} slots`);
    if (nodes.length > nodesMost) words[nodesMost - 1] = `and ${count(nodes.length - nodesMost + 1)} more`;
    const head = name === title ? [] : [name];
    return [...head, ...words].map((line, row) => ({ words: line, x, y: y + boxHeight + (row + 0.8) * lineHeight }));
  });
  const routes = shards.flatMap(({ routes: to }, index) =>
    to.map((other) => bent(place(index), place(other - 1), cell)),
  );
  const strokes = routes.flatMap((points, route) => points.map((point, order) => ({ route, order, ...point })));
  const heads = routes.map((points) => points[points.length - 1]);
  const height = Math.ceil(shards.length / columns) * rowHeight;
  const x = { field: "x", type: "quantitative", scale: { domain: [0, plotWidth], nice: false }, axis: null };
  const y = {
    ...{ field: "y", type: "quantitative", axis: null },
    scale: { domain: [0, height], nice: false, reverse: true },
  };
  const words = { field: "words", type: "nominal" };
  return {
    path,
    title: "Topology",
    caption:
      "Shards with their nodes as they stood at the end. An arrow is a route along which jobs may spill; it leaves a shard on its right side and comes to another on its left.",
    spec: {
      ...{ width: plotWidth, height },
      layer: [
        {
          data: { values: strokes },
          mark: { type: "line", color: ink.grey, strokeWidth: 1.2, interpolate: "monotone" },
          encoding: {
            x,
            y,
            detail: { field: "route", type: "nominal" },
            order: { field: "order", type: "quantitative" },
          },
        },
        {
          data: { values: heads },
          mark: {
            type: "point",
            shape: "triangle-down",
            filled: true,
            size: 60,
            color: ink.dark,
            opacity: 1,
            yOffset: -4,
          },
          encoding: { x, y },
        },
        {
          data: { values: boxes },
          mark: { type: "rect", fill: "white", stroke: ink.dark, strokeWidth: 1.4, cornerRadius: 3 },
          encoding: { x: { ...x, field: "left" }, x2: { field: "right" }, y, y2: { field: "bottom" } },
        },
        {
          data: { values: boxes },
          mark: { type: "text", dy: boxHeight / 2, fontSize: 13, limit: cell - 34 },
          encoding: { x, y, text: words },
        },
        {
          data: { values: lines },
          mark: { type: "text", fontSize: 11, limit: cell },
          encoding: { x, y, text: words },
        },
      ],
    },
    table: {
      head: ["Shard", "Nodes", "Spills to", "Skills of its nodes"],
      rows: shards.map(({ name, title, nodes, routes: to }) => [
        name === title ? name : `${name}: ${title}`,
        nodes.map((node) => `${node.name} (${count(node.maxConcurrency)} slots)`).join(", ") || "none",
        to.map((route) => parameters.shards[route - 1].name).join(", then ") || "no other shard",
        parameters.skills
          .filter((_, bit) => nodes.some((node) => (node.skills & (1n << BigInt(bit))) !== 0n))
          .join(", "),
      ]),
    },
  };
}

/** A route from the right part of one box's top to the left part of another's. */
function bent(from: Point, to: Point, cell: number): readonly Point[] {
  const [start, end] = [
    { x: from.x + cell / 5, y: from.y },
    { x: to.x - cell / 5, y: to.y },
  ];
  const reach = Math.abs(to.x - from.x) / cell;
  const top = Math.min(from.y, to.y) - 10 - 18 * reach;
  const [left, right] = start.x < end.x ? [start, end] : [end, start];
  const points = [left, { x: left.x + (right.x - left.x) / 2, y: top }, right];
  return start === left ? points : points.toReversed();
}
