import { wordlists } from "ethers";

/** The fewest words that wallets make of a seed (BIP-39). */
const phraseLengthMin = 12;

/**
 * Where a text holds what looks like a private key, or like the English words that one is made of, whatever stands
 * before, between or behind them.
 * @returns a place in it; null for none
 */
export function keyInText(text: string): number | null {
  const key = text.search(/[0-9a-f]{64}/i);
  const places = [key === -1 ? null : key, phraseIn(text)].filter((place) => place !== null);
  return places.length === 0 ? null : Math.min(...places);
}

function phraseIn(text: string): number | null {
  let length = 0;
  for (const { 0: word, index } of text.toLowerCase().matchAll(/[a-z]+/g)) {
    length = wordlists.en.getWordIndex(word) === -1 ? 0 : length + 1;
    // Words before the first one may be such words, too: it is the last one that is in the phrase for certain.
    if (length >= phraseLengthMin) return index;
  }
  return null;
}
