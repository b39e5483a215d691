const MIN_CAPACITY = 8;

/**
 * A queue with an index: `push`, `shift` and `at` take constant time however long it is.
 *
 * Its array is a power of two long, doubles when it is full and halves when it is a quarter full.
 */
export class Ring<T> {
  #slots: (T | undefined)[] = new Array(MIN_CAPACITY);
  #from = 0;
  #length = 0;

  /** How many items there are. */
  get length(): number {
    return this.#length;
  }

  /** How many items fit before its array grows. */
  get capacity(): number {
    return this.#slots.length;
  }

  /**
   * Looks at an item.
   *
   * @param index From the oldest on, 0 to `length` - 1.
   * @returns The item.
   */
  at(index: number): T {
    return this.#slots[(this.#from + index) & (this.#slots.length - 1)]!;
  }

  /**
   * Puts another item in an item's place.
   *
   * @param index From the oldest on, 0 to `length` - 1.
   * @param item What is there from now on.
   */
  replace(index: number, item: T): void {
    this.#slots[(this.#from + index) & (this.#slots.length - 1)] = item;
  }

  /** Adds the newest item. */
  push(item: T): void {
    if (this.#length === this.#slots.length) this.#resize(this.#length * 2);
    this.#slots[(this.#from + this.#length) & (this.#slots.length - 1)] = item;
    this.#length++;
  }

  /** Takes the oldest item away; `undefined` where there is none. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#slots[this.#from];
    this.#slots[this.#from] = undefined;
    this.#from = (this.#from + 1) & (this.#slots.length - 1);
    this.#length--;
    const capacity = this.#slots.length;
    if (capacity > MIN_CAPACITY && this.#length * 4 <= capacity) this.#resize(capacity / 2);
    return item;
  }

  /** Takes everything away. */
  clear(): void {
    this.#slots = new Array(MIN_CAPACITY);
    this.#from = 0;
    this.#length = 0;
  }

  #resize(capacity: number): void {
    const slots = new Array<T | undefined>(capacity);
    for (let index = 0; index < this.#length; index++) slots[index] = this.at(index);
    this.#slots = slots;
    this.#from = 0;
  }
}
