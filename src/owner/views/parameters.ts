import { describeParameters } from "../changes.ts";
import type { CenterView } from "./center.ts";
import type { Value } from "./governed.ts";

export type ParameterRow = {
  /** As it is typed: "earth.queueBudget". */
  readonly title: string;
  readonly field: string;
  readonly value: Value;
  readonly unit: string;
  /** Which values it may have, of a number that can be set; null otherwise. */
  readonly bounds: { readonly minimum: number; readonly maximum: number } | null;
  /** What each of its values means, or what it is for; empty where nobody sets it. */
  readonly description: string;
  /** What is typed after `fabric` to change it. */
  readonly commands: readonly string[];
};

/** Every value on the chain with its unit, its bounds, and how it is changed. */
export type ParametersView = {
  readonly format: "planetary-fabric/owner-parameters/v1";
  readonly chainId: number;
  readonly block: CenterView["block"];
  readonly rows: readonly ParameterRow[];
};

export function parametersView({ chainId, block, rows }: CenterView): ParametersView {
  return {
    format: "planetary-fabric/owner-parameters/v1",
    ...{ chainId, block },
    rows: rows.flatMap(({ title, field, chain, unit, powers }) => {
      if (chain === null) return [];
      const set = powers.find(({ does, change }) => does === "set" && change !== null)?.change;
      const described = set == null ? [] : describeParameters(set);
      const parameter = described.find(({ name }) => name === field) ?? described.find(({ name }) => name === "value");
      const { bounds = null, description = "" } = parameter ?? {};
      const commands = powers.flatMap(({ command }) => (command === "" ? [] : [command]));
      return [{ title, field, value: chain, unit, bounds, description, commands }];
    }),
  };
}
