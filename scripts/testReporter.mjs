// For `node --test`: a line for each file, with its time, whatever failed in full, and the counts at the end.
import { relative } from "node:path";
import { inspect } from "node:util";

export default async function* report(source) {
  const path = [];
  let failed = 0;
  for await (const { type, data } of source) {
    if (type === "test:start") path.length = data.nesting;
    if (type === "test:start") path.push(data.name);
    if (type === "test:fail" && data.details.error.failureType !== "subtestsFailed") {
      failed++;
      const place = data.file === undefined ? "" : `  ${relative("", data.file)}:${data.line}:${data.column}\n`;
      const name = [...path.slice(0, data.nesting), data.name].join(" › ");
      yield `✗ ${name}\n${place}${indented(inspect(data.details.error.cause ?? data.details.error))}\n`;
    }
    if (type === "test:stderr" || type === "test:stdout") yield data.message;
    if (type === "test:summary" && data.file !== undefined) {
      const seconds = (data.duration_ms / 1000).toFixed(1).padStart(6);
      yield `${data.success ? "✓" : "✗"} ${seconds} s  ${relative("", data.file)}\n`;
    }
    if (type === "test:summary" && data.file === undefined) yield `${data.counts.passed} passing, ${failed} failing\n`;
  }
}

function indented(text) {
  return text.replace(/^/gm, "  ");
}
