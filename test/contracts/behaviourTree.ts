import { readFileSync } from "node:fs";
import { expect } from "chai";

const title = "follows its behaviour tree";

/**
 * Adds a test, to the suite in whose `describe` it is called, that the suite and its behaviour tree say the same, line by
 * line: neither may promise what the other does not hold.
 *
 * @param tree - the `.tree` file: the suite's title, then a title a line, four columns of branches a level
 */
export function followsTree(tree: URL): void {
  it(title, function () {
    const suite = this.test?.parent;
    const branches = readFileSync(tree, "utf8").trimEnd().split("\n");
    expect(suite && linesOf(suite, 0)).to.deep.equal(branches.map((line) => line.replace(/[│├└]( {3}|── )/g, "    ")));
  });
}

function linesOf(suite: Mocha.Suite, depth: number): string[] {
  const tests = suite.tests.filter((test) => test.title !== title);
  return [
    indent(suite.title, depth),
    ...tests.map((test) => indent(test.title, depth + 1)),
    ...suite.suites.flatMap((inner) => linesOf(inner, depth + 1)),
  ];
}

const indent = (line: string, depth: number): string => "    ".repeat(depth) + line;
