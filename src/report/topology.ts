import type { Parameters } from "../fabric/index.ts";
import { mermaidText } from "../owner/index.ts";

/**
 * The fabric as a Mermaid flowchart: owners, shards with their nodes, and the routes along which jobs may spill.
 * @param titleOf what people call a shard; undefined where only its name is known
 */
export function topologyOf(parameters: Parameters, titleOf: (shard: string) => string | undefined): string {
  const lines = ["flowchart TD", "  OWNERS((Owner multisig)) -->|governs| CHAIN[(Contracts)]"];
  parameters.shards.forEach(({ name }, index) => {
    const title = titleOf(name) ?? name;
    lines.push(`  S${index + 1}["${mermaidText(title)}"]:::shard`, `  CHAIN --> S${index + 1}`);
  });
  parameters.nodes.forEach(({ name, shard, skills, status }, index) => {
    if (status === "removed") return;
    const named = parameters.skills.filter((_, bit) => (skills & (1n << BigInt(bit))) !== 0n);
    lines.push(`  N${index + 1}[["${mermaidText(name)}<br/>${mermaidText(named.join(", "))}"]]:::node --> S${shard}`);
  });
  parameters.shards.forEach(({ routes }, index) => {
    for (const to of routes) lines.push(`  S${index + 1} -. spillover .-> S${to}`);
  });
  lines.push("  classDef shard fill:#110033,stroke:#80d0ff,stroke-width:2px,color:#fff");
  lines.push("  classDef node fill:#061f3a,stroke:#ffcc33,stroke-width:2px,color:#f8f8f8");
  return `${lines.join("\n")}\n`;
}
