/** Writes instruction trees in the binary format: operands first, then the instruction, branches by their depth. */
import type { ByteWriter } from './bytes.ts';
import type { Code, Label } from './instruction.ts';

const END = 0x0b;
const ELSE = 0x05;
const NO_RESULT = 0x40;

/** `enclosing`: labels of the blocks around, innermost last. */
export function writeCode(out: ByteWriter, code: Code, enclosing: Label[]): void {
  for (const operand of code.operands) writeCode(out, operand, enclosing);
  writeOpcode(out, code.opcode);
  const immediate = code.immediate;
  switch (immediate.kind) {
    case 'none':
      return;
    case 'i32':
      out.s32(immediate.value);
      return;
    case 'i64':
      out.s64(immediate.value);
      return;
    case 'f64':
      out.f64(immediate.value);
      return;
    case 'index':
      out.u32(immediate.index);
      return;
    case 'memory':
      out.u32(immediate.alignLog2);
      out.u32(immediate.offset);
      return;
    case 'lane':
      out.byte(immediate.lane);
      return;
    case 'bytes':
      out.raw(immediate.bytes);
      return;
    case 'memories':
      for (let i = 0; i < immediate.count; i++) out.byte(0);
      return;
    case 'branch':
      out.u32(depthOf(immediate.to, enclosing));
      return;
    case 'body':
      out.byte(NO_RESULT);
      writeBody(out, immediate.body, enclosing, immediate.label);
      out.byte(END);
      return;
    case 'if':
      out.byte(NO_RESULT);
      writeBody(out, immediate.then, enclosing, UNNAMED);
      if (immediate.otherwise.length > 0) {
        out.byte(ELSE);
        writeBody(out, immediate.otherwise, enclosing, UNNAMED);
      }
      out.byte(END);
      return;
  }
}

const UNNAMED: Label = { label: 'if' };

function writeBody(out: ByteWriter, body: readonly Code[], enclosing: Label[], label: Label): void {
  enclosing.push(label);
  for (const code of body) writeCode(out, code, enclosing);
  enclosing.pop();
}

function writeOpcode(out: ByteWriter, opcode: number): void {
  if (opcode > 0xffff) {
    out.byte(opcode >>> 16);
    out.u32(opcode & 0xffff);
  } else out.byte(opcode);
}

function depthOf(label: Label, enclosing: readonly Label[]): number {
  const at = enclosing.lastIndexOf(label);
  if (at < 0) throw new Error(`branch to ${label.label} from outside of it`);
  return enclosing.length - 1 - at;
}
