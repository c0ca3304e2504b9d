interface Note<Key extends object, Value> {
  readonly of: Key;
  value: Value;
}

/**
 * As a `WeakMap`, for keys of which each call makes one. A map that has become old keeps what is young alive through its
 * values, and so makes it old: every answer of which it knows something, until V8 collects everything. Here it stands on
 * the key, where no copy takes it along; on a frozen one it does not stand, and the map is there for that.
 */
export class Notes<Key extends object, Value> {
  private readonly place: symbol;
  private readonly others = new WeakMap<Key, Value>();

  /** @param name told in a debugger */
  constructor(name: string) {
    this.place = Symbol(name);
  }

  get(key: Key): Value | undefined {
    const note = this.noteOn(key);
    return note === undefined ? this.others.get(key) : note.value;
  }

  set(key: Key, value: Value): void {
    const note = this.noteOn(key);
    if (note !== undefined) note.value = value;
    else if (Object.isExtensible(key)) this.put({ of: key, value });
    else this.others.set(key, value);
  }

  /** One that a key has inherited is another key's. */
  private noteOn(key: Key): Note<Key, Value> | undefined {
    const note = (key as Record<symbol, Note<Key, Value> | undefined>)[this.place];
    return note?.of === key ? note : undefined;
  }

  // Not enumerable: neither a copy nor JSON nor a comparison takes it along.
  private put(note: Note<Key, Value>): void {
    Object.defineProperty(note.of, this.place, { value: note });
  }
}
