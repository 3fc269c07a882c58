import { Result } from "ethers";
import { z } from "zod";

// Forms for what ethers decodes, which it has in lists of its own kind.

/** A struct, by the names of its fields. */
export const struct = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.preprocess((value) => (value instanceof Result ? value.toObject() : value), z.object(shape));

/** An array. */
export const list = <Form extends z.ZodType>(form: Form) =>
  z.preprocess((value) => (value instanceof Result ? value.toArray() : value), z.array(form));
