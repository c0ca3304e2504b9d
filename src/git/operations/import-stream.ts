/** Writes what git-fast-import(1) reads. */
export class ImportStream {
  private readonly parts: Buffer[] = [];

  /** @param parents ids of commits that the commit keeps alive */
  commit(ref: string, message: string, atSeconds: number, parents: readonly string[]): this {
    // Else the commit would be put on top of what the ref is at.
    this.line(`reset ${ref}`).line('');
    this.line(`commit ${ref}`);
    this.line(`committer mcp-git-server <mcp-git-server@localhost> ${atSeconds} +0000`);
    this.data(Buffer.from(message));
    const [first, ...others] = parents;
    if (first !== undefined) this.line(`from ${first}`);
    for (const parent of others) this.line(`merge ${parent}`);
    return this.line('deleteall');
  }

  file(path: string, content: Buffer): this {
    return this.line(`M 100644 inline ${path}`).data(content);
  }

  /** A blob that the repository has. */
  blob(path: string, id: string): this {
    return this.line(`M 100644 ${id} ${path}`);
  }

  ref(name: string, target: string): this {
    return this.line('').line(`reset ${name}`).line(`from ${target}`).line('');
  }

  end(): Buffer {
    return Buffer.concat([...this.parts, Buffer.from('done\n')]);
  }

  private line(text: string): this {
    this.parts.push(Buffer.from(`${text}\n`));
    return this;
  }

  private data(content: Buffer): this {
    this.parts.push(Buffer.from(`data ${content.length}\n`), content, Buffer.from('\n'));
    return this;
  }
}
