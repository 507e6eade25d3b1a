import { findColumn, type ColumnName, type Kind } from '#columns';

/** Kinds of one class have values that can be compared with each other; `order`: not for equality alone. */
const classes = {
  timestamp: { class: 'time', order: true },
  u8: { class: 'number', order: true },
  u16: { class: 'number', order: true },
  u32: { class: 'number', order: true },
  u64: { class: 'number', order: true },
  bool: { class: 'bool', order: false },
  name: { class: 'name', order: true },
  enum: { class: 'name', order: true },
  ip: { class: 'address', order: false },
  mac: { class: 'hardware address', order: true },
  flags: { class: 'flags', order: false },
} satisfies Record<Kind, { class: string; order: boolean }>;

/** @returns whether the values of two columns can be compared: `sport == dport` */
export function comparable(a: ColumnName, b: ColumnName, ordered: boolean): boolean {
  const [left, right] = [findColumn(a), findColumn(b)];
  if (!left || !right || classes[left.kind].class !== classes[right.kind].class) return false;
  if (left.list !== right.list || (left.bits ?? []).join() !== (right.bits ?? []).join()) return false;
  return !ordered || (classes[left.kind].order && left.list !== true);
}
