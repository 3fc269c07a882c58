import { InvalidArgumentError } from "commander";

/** Parses the URL of a server. */
export function httpUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError("A URL is right, as http://127.0.0.1:8545.");
}
