import { clearSigningFiles } from "../../src/owner/index.ts";

/** Where the descriptors are that belong to no deployment yet. */
export const clearSigningFolder = "deploy/erc7730";

/** The text of each descriptor of ERC-7730, by its path. */
export function clearSigningTexts(): ReadonlyMap<string, string> {
  const files = [...clearSigningFiles()].map(([name, descriptor]) => {
    return [`${clearSigningFolder}/${name}`, `${JSON.stringify(descriptor, null, 2)}\n`] as const;
  });
  return new Map(files);
}
