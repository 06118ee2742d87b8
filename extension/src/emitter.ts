/**
 * Tells its listeners in the order in which they came; one that ends its listening hears no more. What one throws is thrown
 * when all were told.
 */
export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>();

  readonly on = (listener: (value: T) => void): { dispose(): void } => {
    // A listener of its own for each registration, so that the same function may be given twice.
    const registered = (value: T): void => listener(value);
    this.#listeners.add(registered);
    return { dispose: () => void this.#listeners.delete(registered) };
  };

  fire(value: T): void {
    const faults: unknown[] = [];
    for (const listener of [...this.#listeners])
      try {
        if (this.#listeners.has(listener)) listener(value);
      } catch (error) {
        faults.push(error);
      }
    if (faults.length > 0) throw faults[0];
  }
}
