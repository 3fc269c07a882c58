import { readFileSync } from "node:fs";
import { z } from "zod";
import { codes, markdownTable } from "./section.ts";

/** As much of JSON Schema as the schemas of the documents use. */
type Schema = {
  readonly type?: string | undefined;
  readonly description?: string | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: Schema | undefined;
  readonly oneOf?: readonly Schema[] | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly enum?: readonly (string | number)[] | undefined;
  readonly const?: string | number | boolean | undefined;
  readonly pattern?: string | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
};

const schemaForm: z.ZodType<Schema> = z.looseObject({
  type: z.string().optional(),
  description: z.string().optional(),
  properties: z.lazy(() => z.record(z.string(), schemaForm)).optional(),
  required: z.array(z.string()).optional(),
  items: z.lazy(() => schemaForm).optional(),
  oneOf: z.lazy(() => z.array(schemaForm)).optional(),
  anyOf: z.lazy(() => z.array(schemaForm)).optional(),
  enum: z.array(z.union([z.string(), z.number()])).optional(),
  const: z.union([z.string(), z.number(), z.boolean()]).optional(),
  pattern: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
});

/** Every field of a document that people write, as its JSON Schema has it; of one entry, where it may be a list. */
export function fieldTable(document: "manifest" | "scenario" | "blueprint" | "mission"): string {
  const whole = schemaForm.parse(JSON.parse(readFileSync(`config/schema/${document}.schema.json`, "utf8")));
  const schema = whole.anyOf?.find(({ type }) => type === "object") ?? whole;
  return markdownTable(["field", "what it is", "what it takes"], fieldRows("", schema));
}

function fieldRows(path: string, { properties = {}, required = [] }: Schema): string[][] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const field = path === "" ? name : `${path}.${name}`;
    const takes = required.includes(name) ? valuesOf(schema) : `${valuesOf(schema)}; may be left out`;
    return [[`\`${field}\``, schema.description ?? "", takes], ...below(field, schema)];
  });
}

/** Rows of what is inside: an object's fields, a list's entries, each form of a choice of forms. */
function below(path: string, schema: Schema): string[][] {
  if (schema.items !== undefined) {
    const { items } = schema;
    return items.type === "string" ? [] : below(`${path}[]`, items);
  }
  if (schema.oneOf === undefined) return fieldRows(path, schema);
  return schema.oneOf.flatMap((form) => {
    const { kind, ...others } = form.properties ?? {};
    const title = `\`${path}\` of kind \`${kind?.const}\``;
    return [[title, form.description ?? "", ""], ...fieldRows(path, { ...form, properties: others })];
  });
}

function valuesOf(schema: Schema): string {
  const { type, minimum, maximum, minItems, maxItems, minLength, maxLength, pattern, items } = schema;
  if (schema.const !== undefined) return codes([String(schema.const)]);
  if (schema.enum !== undefined) return codes(schema.enum.map(String));
  if (schema.oneOf !== undefined) return "one of the forms below";
  if (type === "integer") return `a whole number, ${minimum} … ${maximum}`;
  if (type === "number") return `a number, ${minimum} … ${maximum}`;
  if (type === "array") return `a list of ${minItems} … ${maxItems}${items?.type === "string" ? " names" : ""}`;
  if (type === "object") return "an object";
  if (type === undefined) return "any JSON";
  if (minLength === undefined) return pattern === undefined ? "a text" : `a text: \`${pattern}\``;
  return `a text of ${minLength} … ${maxLength} characters${pattern === undefined ? "" : `: \`${pattern}\``}`;
}
