#!/usr/bin/env python3
"""Verifies a bundle a second time, from docs/format.md alone.

    python3 scripts/verify_bundle.py reports/default

Shares no code with the program that made the bundle, and needs nothing but Python 3.9. Looked at are:

- the digests of manifest.json;
- chain.json: headers linked by their hashes, each transaction and receipt proved against its header, the ledger's
  account, slot and head proved against the last one, every head made anew, no log of a contract missing;
- the journal: the chain of hashes over its records, and that each holds inputs;
- receipts.ndjson: the tree of its leaves, whose root at the size of each checkpoint is that of the checkpoint;
- checkpoints.json: digests, parents, the journal's head, and that each is anchored.

Not looked at: whether the machine, given that journal, ends there (replay), signatures of nodes, submitters and owners,
and the files that only tell of the rest (events, summary, page, logs). `fabric verify` looks at these, too.

Exit code 0: all of it holds, if the last block is on the chain. 6: something does not, and it is named. 2: no bundle.
"""

import functools
import hashlib
import json
import os
import re
import stat
import struct
import sys

ZERO_HASH = bytes(32)


class Wrong(Exception):
    """Something in the bundle that does not hold."""


class Missing(Exception):
    """What was named is no bundle."""


def require(holds, problem):
    if not holds:
        raise Wrong(problem)


def sha256(data):
    return hashlib.sha256(data).digest()


# Keccak-256 as Ethereum has it: the sponge of FIPS 202 with the padding of the competition's third round.

LANE = (1 << 64) - 1
ROTATIONS = (
    (0, 36, 3, 41, 18),
    (1, 44, 10, 45, 2),
    (62, 6, 43, 15, 61),
    (28, 55, 25, 21, 56),
    (27, 20, 39, 8, 14),
)


def round_constants():
    constants, register = [], 1
    for _ in range(24):
        constant = 0
        for power in range(7):
            if register & 1:
                constant |= 1 << ((1 << power) - 1)
            register = (register << 1) ^ (0x171 if register & 0x80 else 0)
        constants.append(constant)
    return constants


CONSTANTS = round_constants()


def permute(lanes):
    for constant in CONSTANTS:
        column = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
        for x in range(5):
            following = column[(x + 1) % 5]
            mixed = column[(x + 4) % 5] ^ ((following << 1 | following >> 63) & LANE)
            for y in range(0, 25, 5):
                lanes[x + y] ^= mixed
        moved = [0] * 25
        for x in range(5):
            for y in range(5):
                lane, places = lanes[x + 5 * y], ROTATIONS[x][y]
                moved[y + 5 * ((2 * x + 3 * y) % 5)] = (lane << places | lane >> (64 - places)) & LANE
        for y in range(0, 25, 5):
            row = moved[y : y + 5]
            for x in range(5):
                lanes[x + y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5] & LANE)
        lanes[0] ^= constant


@functools.lru_cache(maxsize=4096)
def keccak(data):
    rate = 136
    padded = bytearray(data + b"\x01" + bytes(-(len(data) + 1) % rate))
    padded[-1] |= 0x80
    lanes = [0] * 25
    for start in range(0, len(padded), rate):
        for index, lane in enumerate(struct.unpack_from("<17Q", padded, start)):
            lanes[index] ^= lane
        permute(lanes)
    return struct.pack("<4Q", *lanes[:4])


# Bytes


class Reader:
    """Reads big-endian fields, and refuses to read beyond the end."""

    def __init__(self, data, what):
        self.data, self.at, self.what = data, 0, what

    def take(self, length):
        end = self.at + length
        require(end <= len(self.data), f"{self.what} ends within a field, at byte {self.at}")
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def number(self, length):
        return int.from_bytes(self.take(length), "big")

    def u64(self):
        value = self.number(8)
        require(value < 2**53, f"{self.what} holds a number beyond 2^53 - 1")
        return value

    def bool(self):
        value = self.number(1)
        require(value < 2, f"{self.what} holds {value} where 0 or 1 is right")
        return value == 1

    def text(self):
        try:
            return self.take(self.number(4)).decode("utf-8")
        except UnicodeDecodeError:
            raise Wrong(f"{self.what} holds text that is not UTF-8") from None

    def done(self):
        return self.at == len(self.data)

    def end(self):
        require(self.done(), f"{self.what} goes on behind its end")


# Files


FORMAT = "planetary-fabric/bundle/v1"
FOLDERS = ("inputs", "journal", "plots")
FILES = {
    *("chain.json", "checkpoints.json", "events.ndjson", "index.html", "owner-log.json", "owner-script.json"),
    *("receipts.ndjson", "summary.json", "topology.mmd"),
    *("inputs/drill.json", "inputs/keys.json", "inputs/manifest.json", "inputs/scenario.json"),
    *("plots/failures.svg", "plots/nodes.svg", "plots/queues.svg", "plots/spillover.svg", "plots/throughput.svg"),
    *("plots/topology.svg", "plots/waits.svg"),
}
SEGMENT = re.compile(r"journal/journal-(\d{8,})\.segment")


class Folder:
    """A bundle that may be anything: no link in it is followed."""

    def __init__(self, path):
        self.path = path
        if not os.path.isdir(path):
            raise Missing(f"{path} is no folder")
        if not os.path.lexists(os.path.join(path, "manifest.json")):
            raise Missing(f"{path} has no manifest.json")

    def names(self):
        found = set()
        for folder in ("", *FOLDERS):
            try:
                entries = list(os.scandir(os.path.join(self.path, folder)))
            except OSError as error:
                raise Wrong(f"{folder or 'the folder'} cannot be read: {error.strerror}") from None
            for entry in entries:
                name = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_dir(follow_symlinks=False) and name in FOLDERS:
                    continue
                require(entry.is_file(follow_symlinks=False), f"{name} is no file")
                found.add(name)
        return found

    def read(self, name, most=2**31):
        path = os.path.join(self.path, name)
        try:
            entry = os.lstat(path)
            require(stat.S_ISREG(entry.st_mode), f"{name} is no file")
            require(entry.st_size <= most, f"{name} has {entry.st_size} bytes, and {most} are the most")
            with open(path, "rb") as file:
                return file.read()
        except OSError as error:
            raise Wrong(f"{name} cannot be read: {error.strerror}") from None

    def text(self, name):
        try:
            return self.read(name, 2**28).decode("utf-8")
        except UnicodeDecodeError:
            raise Wrong(f"{name} is not UTF-8") from None

    def json(self, name):
        return parse(self.text(name), name)

    def canonical(self, name):
        text = self.text(name)
        value = parse(text, name)
        require(text == canonical(value) + "\n", f"{name} is not in canonical form")
        return value


def parse(text, name):
    def no_constant(constant):
        raise ValueError(f"{constant} is no number of JSON")

    try:
        return json.loads(text, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        raise Wrong(f"{name} is no JSON: {error}") from None


def canonical(value):
    """RFC 8785 for what the documents hold: whole numbers, text, lists and objects with ASCII names."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def shape(value, what, fields):
    """The fields of an object that has these and no others, each as its check gives it."""
    require(isinstance(value, dict), f"{what} is no object")
    require(set(value) == set(fields), f"{what} has the fields {sorted(value)}, and {sorted(fields)} are right")
    return {name: check(value[name], f"{what}.{name}") for name, check in fields.items()}


def whole(least=0, most=2**53 - 1):
    def check(value, what):
        right = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        require(right, f"{what} is {value!r:.60}, and a whole number from {least} to {most} is right")
        return value

    return check


def fixed_hex(length):
    pattern = re.compile(f"0x[0-9a-f]{{{2 * length}}}")

    def check(value, what):
        right = isinstance(value, str) and pattern.fullmatch(value)
        require(right, f"{what} is not 0x and {2 * length} lower-case hex digits")
        return bytes.fromhex(value[2:])

    return check


def any_hex(value, what):
    right = isinstance(value, str) and re.fullmatch("0x([0-9a-f]{2})*", value)
    require(right, f"{what} is not 0x and pairs of lower-case hex digits")
    return bytes.fromhex(value[2:])


def list_of(check):
    def check_all(value, what):
        require(isinstance(value, list), f"{what} is no list")
        return [check(item, f"{what}[{index}]") for index, item in enumerate(value)]

    return check_all


def record(**fields):
    return lambda value, what: shape(value, what, fields)


def one_of(*names):
    def check(value, what):
        require(value in names, f"{what} is {value!r:.60}, and one of {', '.join(names)} is right")
        return names.index(value)

    return check


def literal(text):
    def check(value, what):
        require(value == text, f"{what} is {value!r:.60}, and {text!r} is right")
        return value

    return check


hash_of = fixed_hex(32)


def check_digests(folder):
    """Every file of a bundle is listed and there as listed, and no other is."""
    manifest = folder.canonical("manifest.json")
    shape(manifest, "manifest.json", {"format": literal(FORMAT), "files": lambda value, what: value})
    files = manifest["files"]
    require(isinstance(files, dict), "manifest.json: files is no object")
    found = folder.names() - {"manifest.json", "timing.json"}
    for name, entry in files.items():
        require(name in found, f"{name} is listed and not there")
        require(name in FILES or SEGMENT.fullmatch(name), f"{name} is no part of a bundle")
        data = folder.read(name)
        listed = {"bytes": len(data), "sha256": sha256(data).hex()}
        require(entry == listed, f"{name} is listed as {entry!r:.120}, and is {listed}")
    extra = sorted(found - set(files))
    require(not extra, f"{', '.join(extra)} is there and not listed")
    absent = sorted(FILES - set(files))
    require(not absent, f"{', '.join(absent)} is not there")
    return len(files)


# RLP and Merkle-Patricia tries (Ethereum yellow paper, appendices B and D)


def read_rlp(data, what):
    try:
        item, end = rlp_item(data, 0, what)
    except RecursionError:
        raise Wrong(f"{what}: lists are nested too deep") from None
    require(end == len(data), f"{what} goes on behind its RLP")
    return item


def rlp_item(data, at, what):
    require(at < len(data), f"{what} ends within its RLP")
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    base = 0xC0 if first >= 0xC0 else 0x80
    length, start = first - base, at + 1
    if length > 55:
        digits = length - 55
        start += digits
        length = int.from_bytes(data[at + 1 : start], "big")
        shortest = start <= len(data) and data[at + 1] != 0 and length > 55
        require(shortest, f"{what}: a length in its RLP is not in its shortest form")
    end = start + length
    require(end <= len(data), f"{what} ends within its RLP")
    if base == 0x80:
        require(length != 1 or data[start] >= 0x80, f"{what}: a byte in its RLP is not in its shortest form")
        return data[start:end], end
    items = []
    while start < end:
        item, start = rlp_item(data, start, what)
        items.append(item)
    require(start == end, f"{what}: an item in its RLP is longer than its list")
    return items, end


def write_rlp(item):
    if isinstance(item, list):
        body, base = b"".join(write_rlp(each) for each in item), 0xC0
    else:
        if len(item) == 1 and item[0] < 0x80:
            return item
        body, base = item, 0x80
    if len(body) <= 55:
        return bytes([base + len(body)]) + body
    length = minimal(len(body))
    return bytes([base + 55 + len(length)]) + length + body


def rlp_list(data, what):
    item = read_rlp(data, what)
    require(isinstance(item, list), f"{what} is no list")
    return item


def rlp_bytes(item, length, what):
    require(isinstance(item, bytes) and len(item) == length, f"{what} is not of {length} bytes")
    return item


def rlp_number(item, what):
    require(isinstance(item, bytes) and len(item) <= 32 and item[:1] != b"\0", f"{what} is no number")
    return int.from_bytes(item, "big")


EMPTY_ROOT = keccak(b"\x80")


def nibbles(key):
    return [digit for byte in key for digit in (byte >> 4, byte & 15)]


def minimal(number):
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def list_key(index):
    return write_rlp(minimal(index))


def proved(root, key, proof, what):
    """What the trie has under the key; None when it has nothing. The proof has the nodes of the way and no others."""
    path, used = nibbles(key), 0
    if root == EMPTY_ROOT:
        require(not proof, f"{what}: an empty trie takes no proof")
        return None
    reference = root
    while True:
        if isinstance(reference, bytes):
            require(used < len(proof), f"{what}: the proof ends too early")
            require(keccak(proof[used]) == reference, f"{what}: node {used + 1} of the proof has another hash")
            node = rlp_list(proof[used], f"{what}: node {used + 1}")
            used += 1
        else:
            node = reference
        if len(node) == 17:
            child = node[path[0]] if path else node[16]
            value = child if not path else None
            path = path[1:]
            if child == b"":
                break
        else:
            require(len(node) == 2, f"{what}: a node has {len(node)} parts")
            require(isinstance(node[0], bytes) and node[0], f"{what}: a node has no segment")
            flag, *digits = nibbles(node[0])
            segment = digits if flag & 1 else digits[1:]
            fits = path[: len(segment)] == segment
            path = path[len(segment) :]
            if not fits or (flag & 2 and path):
                child = b""
                break
            child = node[1]
            value = child if flag & 2 else None
        if value is not None:
            break
        reference = child
    require(used == len(proof), f"{what}: the proof has nodes that are not on the way")
    require(isinstance(child, bytes), f"{what}: what is proved is no bytes")
    return child or None


def list_root(values):
    """The root of the trie that holds value i under RLP(i)."""
    if not values:
        return EMPTY_ROOT
    entries = [(nibbles(list_key(index)), value) for index, value in enumerate(values)]
    return keccak(write_rlp(trie_node(entries, 0)))


def trie_node(entries, depth):
    first = entries[0][0]
    if len(entries) == 1:
        return [segment_bytes(first[depth:], True), entries[0][1]]
    end = depth
    while all(path[end : end + 1] == first[end : end + 1] for path, _ in entries):
        end += 1
    if end > depth:
        return [segment_bytes(first[depth:end], False), refer(trie_node(entries, end))]
    branches = []
    for digit in range(16):
        below = [entry for entry in entries if entry[0][depth] == digit]
        branches.append(refer(trie_node(below, depth + 1)) if below else b"")
    return [*branches, b""]


def segment_bytes(digits, leaf):
    flag = (2 if leaf else 0) + len(digits) % 2
    padded = [flag, *digits] if len(digits) % 2 else [flag, 0, *digits]
    return bytes(16 * high + low for high, low in zip(padded[::2], padded[1::2]))


def refer(node):
    encoded = write_rlp(node)
    return node if len(encoded) < 32 else keccak(encoded)


# The chain


quantity = whole()
proof_nodes = list_of(any_hex)
EVIDENCE = {
    "format": literal("planetary-fabric/chain/1"),
    "chainId": whole(1),
    "ledger": fixed_hex(20),
    "block": record(number=quantity, hash=hash_of),
    "headers": proof_nodes,
    "transactions": list_of(
        record(
            block=quantity,
            index=quantity,
            raw=any_hex,
            transactionProof=proof_nodes,
            receipt=any_hex,
            receiptProof=proof_nodes,
        )
    ),
    "bystanders": list_of(record(block=quantity, index=quantity, receipt=any_hex)),
    "ledgerProof": record(account=proof_nodes, state=proof_nodes, head=proof_nodes),
}


def in_order(value, names):
    """Whether the members of an object stand in this order."""
    return list(value) == list(names)


def read_evidence(folder):
    text = folder.text("chain.json")
    value = parse(text, "chain.json")
    evidence = shape(value, "chain.json", EVIDENCE)
    ordered = [(value, EVIDENCE), (value["block"], ("number", "hash"))]
    parts = ("block", "index", "raw", "transactionProof", "receipt", "receiptProof")
    ordered += [(each, parts) for each in value["transactions"]]
    ordered += [(each, ("block", "index", "receipt")) for each in value["bystanders"]]
    ordered += [(value["ledgerProof"], ("account", "state", "head"))]
    same = all(in_order(members, names) for members, names in ordered)
    same = same and text == json.dumps(value, indent=1, ensure_ascii=False) + "\n"
    require(same, "chain.json is not in the one form that it has")
    return evidence


class Header:
    def __init__(self, encoded, what):
        fields = rlp_list(encoded, what)
        require(len(fields) >= 15, f"{what} has {len(fields)} fields")
        self.hash = keccak(encoded)
        self.parent = rlp_bytes(fields[0], 32, f"{what}: its parent")
        self.state_root = rlp_bytes(fields[3], 32, f"{what}: its state root")
        self.transactions_root = rlp_bytes(fields[4], 32, f"{what}: its transactions root")
        self.receipts_root = rlp_bytes(fields[5], 32, f"{what}: its receipts root")
        self.bloom = rlp_bytes(fields[6], 256, f"{what}: its bloom")
        self.number = rlp_number(fields[8], f"{what}: its number")


def check_headers(evidence):
    first = evidence["block"]["number"] - len(evidence["headers"]) + 1
    headers = []
    for nth, encoded in enumerate(evidence["headers"]):
        header = Header(encoded, f"header {first + nth}")
        require(header.number == first + nth, f"header {first + nth} says that it is number {header.number}")
        linked = not headers or header.parent == headers[-1].hash
        require(linked, f"header {header.number} has another parent than the header before it")
        headers.append(header)
    require(headers, "chain.json has no header")
    require(headers[-1].hash == evidence["block"]["hash"], "the last header does not hash to the block that is named")
    return headers


def logs_of(receipt, what):
    """The logs of a receipt, as (address, topics, data), and whether the transaction succeeded."""
    body = receipt[1:] if receipt[:1] < b"\xc0" else receipt
    fields = rlp_list(body, what)
    require(len(fields) == 4 and isinstance(fields[3], list), f"{what} has no list of logs")
    status = rlp_number(fields[0], f"{what}: its status")
    require(status < 2, f"{what}: its status is {status}")
    logs = []
    for log in fields[3]:
        right = isinstance(log, list) and len(log) == 3 and isinstance(log[1], list) and isinstance(log[2], bytes)
        require(right, f"{what}: a log is none")
        topics = [rlp_bytes(topic, 32, f"{what}: a topic") for topic in log[1]]
        logs.append((rlp_bytes(log[0], 20, f"{what}: a log's address"), topics, log[2]))
    return logs, status == 1


def may_have_log(bloom, address):
    bits = keccak(address)
    places = (int.from_bytes(bits[at : at + 2], "big") % 2048 for at in (0, 2, 4))
    return all(bloom[255 - place // 8] >> place % 8 & 1 for place in places)


def check_transactions(evidence, headers):
    """Proves every transaction and receipt; gives the logs in the chain's order, and what each block has left out."""
    first = headers[0].number
    by_block = {}
    for kind in ("transactions", "bystanders"):
        before = (-1, -1)
        for entry in evidence[kind]:
            place = (entry["block"], entry["index"])
            require(first <= place[0] <= headers[-1].number, f"block {place[0]} is not among the headers")
            require(place > before, f"{kind} of chain.json are not in order at block {place[0]}, entry {place[1]}")
            before = place
            by_block.setdefault(place[0], {"transactions": [], "bystanders": []})[kind].append(entry)
    logs, blocks = [], []
    for header in headers:
        part = by_block.get(header.number, {"transactions": [], "bystanders": []})
        for entry in part["transactions"]:
            what = f"transaction {entry['index']} of block {header.number}"
            key = list_key(entry["index"])
            raw = proved(header.transactions_root, key, entry["transactionProof"], what)
            require(raw == entry["raw"], f"{what} is not what the block has there")
            receipt = proved(header.receipts_root, key, entry["receiptProof"], f"receipt of {what}")
            require(receipt == entry["receipt"], f"the receipt of {what} is not what the block has there")
            logs += logs_of(receipt, what)[0]
        receipts = sorted([*part["transactions"], *part["bystanders"]], key=lambda entry: entry["index"])
        whole_block = [entry["index"] for entry in receipts] == list(range(len(receipts)))
        whole_block = whole_block and list_root([entry["receipt"] for entry in receipts]) == header.receipts_root
        require(whole_block or not part["bystanders"], f"the receipts of block {header.number} have another root")
        others = [
            log[0] for entry in part["bystanders"] for log in logs_of(entry["receipt"], f"block {header.number}")[0]
        ]
        blocks.append((header, whole_block, set(others)))
    return logs, blocks


def check_complete(blocks, addresses):
    for header, whole_block, others in blocks:
        for address in addresses:
            if not may_have_log(header.bloom, address):
                continue
            name = f"0x{address.hex()}"
            require(whole_block, f"block {header.number} may have a log of {name}, and its receipts are not all there")
            require(address not in others, f"block {header.number} has a log of {name} whose transaction is not there")


STATE_SLOT, RING_SLOT, RING_LENGTH = 2, 3, 64


def read_ledger(evidence, state_root):
    """The ledger's epoch, seq, size and head after the last block."""
    proof = evidence["ledgerProof"]
    value = proved(state_root, keccak(evidence["ledger"]), proof["account"], "the ledger's account")
    require(value is not None, "the chain has no account of the ledger")
    account = rlp_list(value, "the ledger's account")
    require(len(account) == 4, "the ledger's account has not four fields")
    storage = rlp_bytes(account[2], 32, "the ledger's storage root")

    def slot(number, nodes, what):
        word = proved(storage, keccak(number.to_bytes(32, "big")), nodes, what)
        return 0 if word is None else rlp_number(read_rlp(word, what), what)

    state = slot(STATE_SLOT, proof["state"], "the ledger's state")
    seq = state >> 176 & 2**24 - 1
    head = slot(RING_SLOT + seq % RING_LENGTH, proof["head"], "the ledger's head")
    return state >> 160 & 2**16 - 1, seq, state >> 200 & 2**32 - 1, head.to_bytes(32, "big")


def event(signature):
    return keccak(signature.encode())


ANCHORED = event("Anchored(uint16,uint24,bytes32,bytes32,uint32,bytes32,bytes32)")
REBASED = event("Rebased(uint16,uint24,bytes32,bytes32,uint32)")
HEAD_DOMAIN = keccak(b"Planetary Fabric checkpoint head v1")


def word(number):
    return number.to_bytes(32, "big")


def words_of(topics, data, count, what):
    """All parameters of an event, indexed ones first."""
    values = [*topics[1:], *(data[at : at + 32] for at in range(0, len(data), 32))]
    require(len(values) == count and len(data) % 32 == 0, f"{what} has not {count} values")
    return values


def head_of(chain_id, ledger, epoch, seq, parent, size, root, digest):
    numbers = (word(chain_id), bytes(12) + ledger, word(epoch), word(seq))
    return keccak(b"".join((HEAD_DOMAIN, *numbers, parent, word(size), root, digest)))


def follow_heads(evidence, logs, ledger_state):
    """Makes every head anew, one upon the other; gives (size, root, digest) of each that stands, but the ledger's first."""
    chain_id, ledger = evidence["chainId"], evidence["ledger"]
    epoch, seq, size, head = ledger_state
    line = []
    for address, topics, data in logs:
        if address != ledger or not topics:
            continue
        if topics[0] == ANCHORED:
            values = words_of(topics, data, 7, "a log of an anchor")
            its_epoch, its_seq, its_size = (int.from_bytes(values[at], "big") for at in (0, 1, 4))
            parent, claimed, root, digest = values[2], values[3], values[5], values[6]
            made = head_of(chain_id, ledger, its_epoch, its_seq, parent, its_size, root, digest)
            require(made == claimed, f"anchor {its_seq} says another head than its contents hash to")
            follows = not line or (parent == line[-1][0] and its_seq == line[-1][1] + 1 and its_size >= line[-1][2])
            require(follows, f"anchor {its_seq} does not go on from the one before")
            line.append((made, its_seq, its_size, root, digest))
        elif topics[0] == REBASED:
            values = words_of(topics, data, 5, "a log of a rebase")
            to_seq = int.from_bytes(values[1], "big")
            require(line and values[3] == line[-1][0], "a rebase voids another head than the last")
            line = [each for each in line if each[1] <= to_seq]
            require(line and line[-1][0] == values[2], "a rebase goes back to a head that was never there")
    require(line and line[-1][:3] == (head, seq, size), "the ledger has another head, seq or size than the last anchor")
    return [each[2:] for each in line if each[1] > 0]


# Who sent a transaction: ECDSA over secp256k1 (SEC 1, section 4.1.6; SEC 2, section 2.4.1)

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)


def add(one, other):
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    slope = 3 * x1 * x1 * pow(2 * y1, -1, P) if one == other else (y2 - y1) * pow(x2 - x1, -1, P)
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


def times(factor, point):
    result = None
    for bit in bin(factor)[2:]:
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


@functools.lru_cache(maxsize=256)
def signer_of(digest, odd, r, s, what):
    require(0 < r < N and 0 < s <= N // 2, f"{what}: its signature is none")
    square = (pow(r, 3, P) + 7) % P
    root = pow(square, (P + 1) // 4, P)
    require(root * root % P == square, f"{what}: its signature is none")
    point = (r, root if root % 2 == odd else P - root)
    inverse, number = pow(r, -1, N), int.from_bytes(digest, "big")
    key = add(times(-number * inverse % N, G), times(s * inverse % N, point))
    require(key is not None, f"{what}: its signature is none")
    return keccak(word(key[0]) + word(key[1]))[12:]


def created(entry, chain_id):
    """The address that a transaction creates; None when it creates none. Types 0 (EIP-155), 1 and 2."""
    raw, what = entry["raw"], f"transaction {entry['index']} of block {entry['block']}"
    kind = raw[0] if raw and raw[0] < 0xC0 else 0
    if kind > 2:
        return None
    fields = rlp_list(raw[1:] if kind else raw, what)
    require(len(fields) == {0: 9, 1: 11, 2: 12}[kind], f"{what} has {len(fields)} fields")
    if fields[{0: 3, 1: 4, 2: 5}[kind]] != b"" or not logs_of(entry["receipt"], what)[1]:
        return None
    nonce = fields[0 if kind == 0 else 1]
    v, r, s = (rlp_number(field, f"{what}: its signature") for field in fields[-3:])
    if kind == 0:
        v -= 35 + 2 * chain_id
        unsigned = write_rlp([*fields[:6], minimal(chain_id), b"", b""])
    else:
        require(rlp_number(fields[0], what) == chain_id, f"{what} is signed for another chain")
        unsigned = bytes([kind]) + write_rlp(fields[:-3])
    require(v in (0, 1), f"{what}: its signature is none, or for another chain")
    return keccak(write_rlp([signer_of(keccak(unsigned), v, r, s, what), nonce]))[12:]


def check_chain(folder, contracts):
    """Everything that chain.json proves. Gives it, and the anchors that stand."""
    evidence = read_evidence(folder)
    require(evidence["ledger"] == contracts["CheckpointLedger"], "chain.json is about another ledger than the drill")
    headers = check_headers(evidence)
    logs, blocks = check_transactions(evidence, headers)
    made = {created(entry, evidence["chainId"]) for entry in evidence["transactions"]}
    for name, address in contracts.items():
        require(address in made, f"the transaction that creates {name} (0x{address.hex()}) is not there")
    check_complete(blocks, contracts.values())
    anchors = follow_heads(evidence, logs, read_ledger(evidence, headers[-1].state_root))
    return evidence, anchors


# The journal


RECORD_ORIGIN = sha256(b"planetary-fabric/journal/v1")
SEGMENT_BYTES = 64 * 2**20


def read_journal(folder, names):
    """Every record, with the chain of hashes over them. Gives the records' contents and the head after each."""
    segments = sorted((int(match[1]), name) for name in names if (match := SEGMENT.fullmatch(name)))
    require(segments, "the bundle has no journal")
    contents, heads, head = [], [], RECORD_ORIGIN
    for nth, (number, name) in enumerate(segments):
        require(number == nth + 1, f"segment {nth + 1} of the journal is missing")
        require(name == f"journal/journal-{number:08d}.segment", f"{name} is no name of segment {number}")
        reader = Reader(folder.read(name), name)
        header = Reader(reader.take(92), f"the header of {name}")
        require(header.take(16) == b"fabric-journal/1", f"{name} does not begin as a segment does")
        require(header.number(4) == number, f"{name} has the number of another segment")
        require(header.u64() == len(contents), f"{name} does not begin with record {len(contents)}")
        require(header.take(32) == head, f"{name} does not go on from the segment before")
        require(header.take(32) == sha256(reader.data[:60]), f"the header of {name} has another hash")
        while not reader.done():
            require(reader.at < SEGMENT_BYTES, f"{name} takes records behind its end")
            length, inverse = reader.number(4), reader.number(4)
            require(length ^ inverse == 0xFFFFFFFF, f"record {len(contents)} has no length")
            content = reader.take(length)
            head = sha256(head + length.to_bytes(4, "big") + content)
            require(reader.take(32) == head, f"record {len(contents)} has another hash")
            contents.append(content)
            heads.append(head)
        last = nth == len(segments) - 1
        require(last or reader.at >= SEGMENT_BYTES, f"{name} ends early, and another segment follows")
    require(contents, "the journal has no record")
    return contents, heads


def read_genesis(content):
    reader = Reader(content, "the genesis")
    chain_id, ledger = reader.u64(), reader.text()
    seed, _max_lag, _max_silent = reader.number(4), reader.number(4), reader.number(4)
    reader.end()
    return chain_id, ledger, seed


def read_pause(reader):
    reader.bool(), reader.u64()


def read_parameters(reader):
    reader.number(4), reader.number(4), reader.number(1), reader.number(1), reader.bool()
    read_pause(reader)
    for _ in range(reader.number(2)):
        reader.text()
    for _ in range(reader.number(2)):
        reader.text()
        reader.take(4 + 4 + 4 + 2 + 2)
        reader.bool()
        reader.take(2 * reader.number(1))
        read_pause(reader)
    for _ in range(reader.number(4)):
        reader.text()
        reader.take(2 + 4 + 4 + 2 + 8)
        require(reader.number(1) < 3, f"{reader.what}: a node has a status that there is not")
        read_key(reader)
    for _ in range(reader.number(4)):
        reader.text()
        reader.take(4 + 4)
        reader.u64(), reader.bool()
        read_key(reader)


def read_key(reader):
    kind, length = reader.number(1), reader.number(4)
    right = kind < 3 and length == (32 if kind == 0 else 33)
    require(right, f"{reader.what}: a key of kind {kind} has {length} bytes")
    reader.take(length)


def read_inputs(content, number):
    """Reads the inputs of a tick; gives the number of the tick, and how many ticks were lost before it."""
    reader = Reader(content, f"record {number}")
    lost, tick = 0, None
    while not reader.done():
        require(tick is None, f"record {number} goes on behind its tick")
        tag = reader.number(1)
        if tag == 1:
            reader.u64(), reader.u64(), reader.u64(), reader.take(32), reader.u64()
            if reader.bool():
                read_parameters(reader)
        elif tag == 2:
            reader.number(4)
            rows = reader.number(4)
            require(rows % 67 == 0, f"record {number} has jobs of {rows} bytes")
            reader.take(rows)
            reader.take(reader.number(4))
        elif tag == 3:
            reader.number(4), reader.u64(), reader.bool(), reader.number(4)
            for _ in range(reader.number(2)):
                reader.u64(), reader.bool(), reader.take(32)
            reader.take(reader.number(4))
        elif tag == 4:
            reader.u64()
            kind = reader.number(1)
            require(kind in (1, 2, 3), f"record {number} has an order of type {kind}")
            if kind == 2:
                reader.number(4), reader.u64()
            elif kind == 3:
                reader.take(2 + 2 + 4)
        elif tag == 5:
            lost = reader.number(4)
        elif tag == 7:
            reader.number(4)
            require(reader.number(1) < 5, f"record {number} has a refusal for no reason that there is")
            reader.number(4)
        elif tag == 9:
            tick = reader.u64()
        elif tag == 10:
            reader.number(2)
        else:
            require(tag in (6, 8, 11), f"record {number} has an input {tag}")
    require(tick is not None, f"record {number} has no tick")
    return tick, lost


def check_ticks(contents):
    """Each record is of the tick after the one before. Gives the tick of each record."""
    ticks = [0]
    for number, content in enumerate(contents[1:], 1):
        tick, lost = read_inputs(content, number)
        require(tick == ticks[-1] + 1 + lost, f"record {number} is of tick {tick}, after tick {ticks[-1]}")
        ticks.append(tick)
    return ticks


# Receipts: RFC 9162, section 2.1


RECEIPT_TYPE = bytes.fromhex("175ff62a801e7cddf3147cb132a86e269aef4f16b5c35dc8449214085858967b")
OUTCOMES = ("completed", "failed", "expired", "cancelled")
REASONS = ("none", "attemptsSpent", "deadlinePassed", "reportedByNode", "ownersOrder")
RECEIPT = {
    "index": whole(),
    "submitter": whole(1, 2**32 - 1),
    "job": whole(1),
    "outcome": one_of(*OUTCOMES),
    "reason": one_of(*REASONS),
    "shard": whole(1, 2**16 - 1),
    "node": whole(0, 2**32 - 1),
    "attempts": whole(0, 255),
    "submittedTick": whole(1),
    "endedTick": whole(1),
    "value": whole(),
    "resultDigest": hash_of,
}
LEAF = (
    *("submitter", "job", "outcome", "reason", "shard", "node", "attempts"),
    *("submittedTick", "endedTick", "value"),
)


class Tree:
    """Grows by leaves; its peaks are the roots of the complete subtrees, the largest first."""

    def __init__(self):
        self.size, self.peaks = 0, []

    def add(self, leaf):
        node, size = sha256(b"\0" + leaf), self.size
        while size & 1:
            node = sha256(b"\1" + self.peaks.pop() + node)
            size >>= 1
        self.peaks.append(node)
        self.size += 1

    def root(self):
        if not self.peaks:
            return sha256(b"")
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = sha256(b"\1" + peak + node)
        return node


def check_receipts(folder, chain_id, ledger, sizes):
    """The root of the receipts' tree at each of the sizes, and how many ended in which way by then; none ends twice."""
    text = folder.text("receipts.ndjson")
    require(not text or text.endswith("\n"), "receipts.ndjson ends within a line")
    prefix = RECEIPT_TYPE + word(chain_id) + bytes(12) + ledger
    tree, counts, ended, found = Tree(), [0] * 4, set(), {}
    wanted = set(sizes)
    if 0 in wanted:
        found[0] = (tree.root(), tuple(counts))
    for index, line in enumerate(text.split("\n")[:-1]):
        what = f"receipt {index}"
        value = parse(line, what)
        fields = shape(value, what, RECEIPT)
        same = in_order(value, RECEIPT) and line == json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        require(same, f"{what} is not in the one form that it has")
        require(fields["index"] == index, f"{what} says that it is number {fields['index']}")
        job = (fields["submitter"], fields["job"])
        require(job not in ended, f"{what}: job {job[1]} of submitter {job[0]} has ended before")
        ended.add(job)
        counts[fields["outcome"]] += 1
        fields["outcome"] += 1
        tree.add(prefix + b"".join(word(fields[name]) for name in LEAF) + fields["resultDigest"])
        if tree.size in wanted:
            found[tree.size] = (tree.root(), tuple(counts))
    for size in sizes:
        require(size in found, f"a checkpoint covers {size} receipts, and there are {tree.size}")
    return found, tree.size


# Checkpoints


COUNTERS = ("submitted", *OUTCOMES, "interrupted", "requeued", "spilled", "refusedResults")
CHECKPOINT = {
    "format": literal("planetary-fabric/checkpoint/v1"),
    "seq": whole(1),
    "tick": whole(1),
    "parent": hash_of,
    "journal": record(records=whole(2), head=hash_of),
    "receipts": record(size=whole(), root=hash_of),
    "stateRoot": hash_of,
    "governance": record(version=whole(), block=whole(), hash=hash_of),
    "counters": record(**{name: whole() for name in COUNTERS}),
}


def read_checkpoints(folder):
    """Each document, with its digest made anew, and linked to the one before."""
    entries = folder.canonical("checkpoints.json")
    require(isinstance(entries, list), "checkpoints.json is no list")
    checkpoints, parent = [], ZERO_HASH
    for seq, entry in enumerate(entries, 1):
        what = f"checkpoint {seq}"
        fields = shape(entry, what, {"digest": hash_of, "document": record(**CHECKPOINT)})
        document = fields["document"]
        digest = sha256(canonical(entry["document"]).encode())
        require(document["seq"] == seq, f"{what} says that it is number {document['seq']}")
        require(fields["digest"] == digest, f"{what} has another digest")
        require(document["parent"] == parent, f"{what} does not go on from the one before")
        checkpoints.append((document, digest))
        parent = digest
    return checkpoints


def check_checkpoints(checkpoints, ticks, heads, receipts, anchors):
    for (document, digest), anchor in zip(checkpoints, anchors):
        what = f"checkpoint {document['seq']}"
        records, head = document["journal"]["records"], document["journal"]["head"]
        require(records <= len(heads), f"{what} covers {records} records, and there are {len(heads)}")
        require(heads[records - 1] == head, f"{what} has another head than the journal after {records} records")
        require(ticks[records - 1] == document["tick"], f"{what} is of another tick than record {records - 1}")
        size, root = document["receipts"]["size"], document["receipts"]["root"]
        made, counts = receipts[size]
        require(made == root, f"{what} has another root than the first {size} receipts")
        claimed = tuple(document["counters"][name] for name in OUTCOMES)
        require(claimed == counts, f"{what} counts {claimed} outcomes, and its receipts {counts}")
        require((size, root, digest) == anchor, f"{what} is not what the ledger has at its place")
    same = len(checkpoints) == len(anchors)
    require(same, f"there are {len(checkpoints)} checkpoints, and the ledger has {len(anchors)}")


CONTRACTS = (
    *("OwnerMultisig", "SystemPause", "ShardRegistry"),
    *("NodeRegistry", "SubmitterRegistry", "CheckpointLedger"),
)


def address(value, what):
    right = isinstance(value, str) and re.fullmatch("0x[0-9a-fA-F]{40}", value)
    require(right, f"{what} is no address")
    require(value == checksummed(value[2:].lower()), f"{what} has a wrong checksum")
    return bytes.fromhex(value[2:])


def checksummed(digits):
    """EIP-55: a letter is a capital where the hash of the address has 8 or more in its place."""
    hashed = keccak(digits.encode()).hex()
    return "0x" + "".join(digit.upper() if hashed[at] >= "8" else digit for at, digit in enumerate(digits))


def contracts_of(drill):
    """Where the contracts are; the rest of the document is of the drill, which is not looked at."""
    listed = drill.get("contracts") if isinstance(drill, dict) else None
    return shape(listed, "inputs/drill.json: contracts", {name: address for name in CONTRACTS})


def verify(path):
    """What was looked at, a sentence each, and on what it rests. Raises Wrong at the first thing that is wrong."""
    folder = Folder(path)
    files = check_digests(folder)
    contracts = contracts_of(folder.canonical("inputs/drill.json"))
    evidence, anchors = check_chain(folder, contracts)
    contents, heads = read_journal(folder, folder.names())
    chain_id, ledger, _seed = read_genesis(contents[0])
    require(chain_id == evidence["chainId"], f"the journal is of chain {chain_id}")
    require(ledger == f"0x{evidence['ledger'].hex()}", f"the journal is of the ledger {ledger}")
    ticks = check_ticks(contents)
    checkpoints = read_checkpoints(folder)
    sizes = [document["receipts"]["size"] for document, _ in checkpoints]
    receipts, receipt_count = check_receipts(folder, chain_id, evidence["ledger"], sizes)
    check_checkpoints(checkpoints, ticks, heads, receipts, anchors)
    require(checkpoints, "there is no checkpoint")
    last = checkpoints[-1][0]
    complete = last["journal"]["records"] == len(contents) and last["receipts"]["size"] == receipt_count
    require(complete, "records or receipts follow after the last checkpoint")
    steps = [
        f"{files} files have the digests of manifest.json.",
        f"{len(evidence['headers'])} linked headers prove {len(evidence['transactions'])} transactions and the ledger's"
        " final head; no log of the contracts is missing.",
        f"{len(contents)} records of the journal are chained to its head.",
        f"{receipt_count} receipts make the roots of {len(checkpoints)} checkpoints, and each job has ended once.",
        f"{len(checkpoints)} checkpoints are in the ledger, in order, the last one its head.",
    ]
    block = evidence["block"]
    return steps, f"block {block['number']} (0x{block['hash'].hex()}) is on chain {evidence['chainId']}"


def main(arguments):
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: verify_bundle.py <bundle>", file=sys.stderr)
        return 2
    try:
        steps, condition = verify(arguments[0])
    except Missing as missing:
        print(f"BUNDLE_MISSING: {missing}.", file=sys.stderr)
        return 2
    except Wrong as wrong:
        print(f"BUNDLE_WRONG: {wrong}.", file=sys.stderr)
        return 6
    for step in steps:
        print(f"✓ {step}")
    print(f"\nConsistent, and anchored if {condition}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
