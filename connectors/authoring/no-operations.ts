/** Nothing was chosen, or the contract offers nothing that can be called. */
export class NoOperations extends Error {
  override readonly name = "NoOperations";
  constructor() {
    super("there is no operation to write: the contract offers none by SOAP, or none has the names given");
  }
}
