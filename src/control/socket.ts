import { existsSync, lstatSync, mkdirSync, realpathSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { FabricError } from "../errors.ts";
import { sha256, toHex } from "../journal/index.ts";

/** Most bytes of a Unix socket's path. */
const pathBytesMax = 107;

/**
 * Path of a world's control socket: the same at every start, wherever it is asked from, in a folder that only this
 * user may enter.
 * @throws FabricError FILE_UNREADABLE when there is no such world, CONTROL_FOLDER_UNSAFE, CONTROL_PATH_TOO_LONG
 */
export function socketOf(worldFolder: string): string {
  const folder = runtimeFolder();
  const socket = join(folder, `${toHex(sha256(Buffer.from(realPath(worldFolder)))).slice(2, 18)}.sock`);
  if (Buffer.byteLength(socket) > pathBytesMax)
    throw new FabricError("CONTROL_PATH_TOO_LONG", { socket, most: pathBytesMax });
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!isCode(error, "EEXIST"))
      throw new FabricError("CONTROL_FOLDER_UNSAFE", { folder, problem: `it cannot be made (${reasonOf(error)})` });
  }
  checkSocketFolder(folder);
  return socket;
}

/**
 * Refuses a folder in which another user could put, replace or open a socket.
 * @throws FabricError CONTROL_FOLDER_UNSAFE
 */
export function checkSocketFolder(folder: string): void {
  const unsafe = (problem: string) => new FabricError("CONTROL_FOLDER_UNSAFE", { folder, problem });
  const status = lstatSync(folder, { throwIfNoEntry: false });
  if (status === undefined) throw unsafe("it is not there");
  if (status.isSymbolicLink()) throw unsafe("it is a symbolic link");
  if (!status.isDirectory()) throw unsafe("it is no folder");
  if (status.uid !== ownUser()) throw unsafe(`it belongs to user ${status.uid}`);
  if ((status.mode & 0o077) !== 0) throw unsafe(`others may use it (mode ${(status.mode & 0o777).toString(8)})`);
}

/** Whether a server listens at a path. */
export function isAnswered(socket: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket);
    connection.once("connect", () => {
      connection.destroy();
      resolve(true);
    });
    connection.once("error", (error) => {
      // A socket that is too busy to take us has somebody behind it.
      if (isCode(error, "EAGAIN")) resolve(true);
      else if (["ENOENT", "ECONNREFUSED", "ENOTSOCK"].some((code) => isCode(error, code))) resolve(false);
      else reject(error);
    });
  });
}

/** Id of the user whose process this is. */
export function ownUser(): number {
  return userInfo().uid;
}

/** As the XDG Base Directory Specification has it, or the system's folder for temporary files. */
function runtimeFolder(): string {
  const { XDG_RUNTIME_DIR: given = "" } = process.env;
  if (isAbsolute(given) && existsSync(given)) return join(given, "planetary-fabric");
  return join(tmpdir(), `planetary-fabric-${ownUser()}`);
}

function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (cause) {
    throw new FabricError("FILE_UNREADABLE", { file: folder, reason: reasonOf(cause) }, { cause });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
