/**
 * A Wasm module in the making: one imported shared memory, imported functions, exported functions.
 * Functions are added in any order; imports come first.
 */
import { ByteWriter } from './bytes.ts';
import { writeCode } from './encode.ts';
import { type Callee, type Code, type Local, makeLocal, type ResultType, type ValueType } from './instruction.ts';

const TYPE_CODE: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const MAX_PAGES = 65536;
const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;

interface Signature {
  readonly parameters: readonly ValueType[];
  readonly result: ResultType;
}

/** A function body in the making. Its result, if any, is what the last code leaves. */
export class FunctionBuilder<R extends ResultType = ResultType> {
  readonly parameters: readonly ValueType[];
  readonly result: R;
  readonly body: Code[] = [];
  private readonly locals: ValueType[] = [];

  constructor(parameters: readonly ValueType[], result: R) {
    this.parameters = parameters;
    this.result = result;
  }

  parameter<T extends ValueType>(type: T, index: number): Local<T> {
    if (this.parameters[index] !== type) throw new Error(`parameter ${index} is not of type ${type}`);
    return makeLocal(type, index);
  }

  /** A new local variable, zero at first. */
  local<T extends ValueType>(type: T): Local<T> {
    this.locals.push(type);
    return makeLocal(type, this.parameters.length + this.locals.length - 1);
  }

  emit(...codes: readonly Code[]): void {
    for (const code of codes) this.body.push(code);
  }

  write(out: ByteWriter): void {
    const content = new ByteWriter(1024);
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.locals) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    content.u32(runs.length);
    for (const run of runs) {
      content.u32(run.count);
      content.byte(TYPE_CODE[run.type]);
    }
    for (const code of this.body) writeCode(content, code, []);
    content.byte(0x0b);
    out.sized(content);
  }
}

export class ModuleBuilder {
  private readonly types: Signature[] = [];
  private readonly imports: { module: string; name: string; type: number }[] = [];
  private readonly functions: { type: number; name: string | undefined; builder: FunctionBuilder }[] = [];

  private typeIndex(parameters: readonly ValueType[], result: ResultType): number {
    const found = this.types.findIndex(
      t =>
        t.result === result &&
        t.parameters.length === parameters.length &&
        t.parameters.every((p, i) => p === parameters[i]),
    );
    if (found >= 0) return found;
    this.types.push({ parameters, result });
    return this.types.length - 1;
  }

  importFunction<T extends ResultType>(
    module: string,
    name: string,
    parameters: readonly ValueType[],
    result: T,
  ): Callee<T> {
    if (this.functions.length > 0) throw new Error('imports come before functions');
    const known = this.imports.findIndex(f => f.module === module && f.name === name);
    if (known >= 0) return { index: known, result };
    this.imports.push({ module, name, type: this.typeIndex(parameters, result) });
    return { index: this.imports.length - 1, result };
  }

  /** Exported under its name; without one, known inside the module only. */
  addFunction<T extends ResultType>(name: string | undefined, builder: FunctionBuilder<T>): Callee<T> {
    this.functions.push({ type: this.typeIndex(builder.parameters, builder.result), name, builder });
    return { index: this.imports.length + this.functions.length - 1, result: builder.result };
  }

  encode(): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter(4096);
    out.raw([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
    const section = (id: number, count: number, write: (content: ByteWriter) => void): void => {
      const content = new ByteWriter(1024);
      content.u32(count);
      write(content);
      out.byte(id);
      out.sized(content);
    };
    section(SECTION.type, this.types.length, content => {
      for (const type of this.types) {
        content.byte(0x60);
        content.u32(type.parameters.length);
        for (const parameter of type.parameters) content.byte(TYPE_CODE[parameter]);
        content.u32(type.result === 'none' ? 0 : 1);
        if (type.result !== 'none') content.byte(TYPE_CODE[type.result]);
      }
    });
    section(SECTION.import, this.imports.length + 1, content => {
      for (const entry of this.imports) {
        content.name(entry.module);
        content.name(entry.name);
        content.byte(0x00);
        content.u32(entry.type);
      }
      content.name('env');
      content.name('memory');
      content.byte(0x02);
      content.byte(0x03); // shared, with a maximum
      content.u32(1);
      content.u32(MAX_PAGES);
    });
    section(SECTION.function, this.functions.length, content => {
      for (const { type } of this.functions) content.u32(type);
    });
    const exported = this.functions.filter(({ name }) => name !== undefined);
    section(SECTION.export, exported.length, content => {
      this.functions.forEach(({ name }, i) => {
        if (name === undefined) return;
        content.name(name);
        content.byte(0x00);
        content.u32(this.imports.length + i);
      });
    });
    section(SECTION.code, this.functions.length, content => {
      for (const { builder } of this.functions) builder.write(content);
    });
    return out.bytes();
  }
}
