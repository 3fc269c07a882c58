import { z } from "zod";
import { catalogue, type ErrorCode, exitCodes, FabricError } from "../errors.ts";

/** An error as the control socket tells it. */
export const toldForm = z.object({ code: z.string(), message: z.string(), remedy: z.string() });
export type Told = z.output<typeof toldForm>;

/** An error that another process of the fabric threw, in its words; one that this catalogue lacks is CONTROL_REFUSED. */
export class ControlRefusal extends FabricError {
  override readonly code: ErrorCode;
  override readonly exitCode: number;

  constructor({ code, message, remedy }: Told, options?: ErrorOptions) {
    super("CONTROL_REFUSED", { code, message, advice: remedy }, options);
    this.code = isErrorCode(code) ? code : "CONTROL_REFUSED";
    this.exitCode = catalogue[this.code].exit;
    if (isErrorCode(code)) this.message = message;
  }
}

/** What a client asked cannot be answered with `status` 200; what it would have to ask is said in `right`. */
export class RequestRefusal extends FabricError<"CONTROL_REQUEST_INVALID"> {
  readonly status: number;

  constructor(status: number, problem: string, right: string) {
    super("CONTROL_REQUEST_INVALID", { problem, right });
    this.status = status;
  }
}

/** HTTP status and body for anything that was thrown. */
export function tellError(error: unknown): { readonly status: number; readonly told: Told } {
  const known =
    error instanceof FabricError
      ? error
      : new FabricError("CONTROL_FAILED", { reason: error instanceof Error ? error.message : String(error) });
  const { code, message, remedy } = known;
  return { status: statusOf(known), told: { code, message, remedy } };
}

function statusOf(error: FabricError): number {
  if (error instanceof RequestRefusal) return error.status;
  const own = statuses[error.code];
  if (own !== undefined) return own;
  switch (error.exitCode) {
    case exitCodes.usage:
      return 400;
    case exitCodes.harmful:
    case exitCodes.signaturesMissing:
      return 403;
    case exitCodes.drift:
      return 409;
    case exitCodes.unreachable:
      return 503;
    default:
      return 500;
  }
}

const statuses: Readonly<Partial<Record<ErrorCode, number>>> = {
  CONTROL_BUSY: 429,
  CONTROL_NOT_FOUND: 404,
  CONTROL_TOO_EARLY: 504,
  FABRIC_BUSY: 429,
};

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code);
}
