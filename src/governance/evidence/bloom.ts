import { keccak256 } from "ethers";

/**
 * Tells of a block's bloom (256 bytes) whether the block may have a log of `address`. No is certain, yes may be chance.
 * Three bits stand for each address that has a log (yellow paper, section 4.4.1).
 */
export function logsOf(address: string): (bloom: string) => boolean {
  const hash = keccak256(address);
  const bits = [2, 6, 10].map((at) => Number.parseInt(hash.slice(at, at + 4), 16) % 2048);
  return (bloom) =>
    bits.every((bit) => {
      const digit = Number.parseInt(bloom.charAt(bloom.length - 1 - Math.floor(bit / 4)), 16);
      return ((digit >> (bit % 4)) & 1) === 1;
    });
}
