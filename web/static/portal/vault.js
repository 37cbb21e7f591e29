/**
 * Where a signed-in counsellor's opened account key outlives a reload.
 *
 * **The key cannot be read out**: it is a CryptoKey that is not extractable, held by the browser's IndexedDB; scripts of this origin can use it
 * while the counsellor is signed in, nothing can copy it. **It goes with the session**: erased at sign-out, and as soon as the server
 * says that nobody is signed in. Clients never come here: for them nothing is kept on the device.
 */

const database = 'anteroom account';
const shelf = 'key';

/** @typedef {import('../e2ee/keys.js').AccountKey} AccountKey */

export class Vault {
  #indexedDB;

  /** @param {IDBFactory | undefined} indexedDB absent or forbidden in some private windows: then the key lives in this page alone */
  constructor(indexedDB) {
    this.#indexedDB = indexedDB;
  }

  /** @param {string} account @param {AccountKey} key */
  async keep(account, key) {
    await this.#do('readwrite', (store) => store.put({ account, ...key }, shelf));
  }

  /** @param {string} account @param {string} publicKey @returns {Promise<AccountKey | null>} only what was kept for this account and its present key */
  async find(account, publicKey) {
    const kept = await this.#do('readonly', (store) => store.get(shelf));
    return kept?.account === account && kept.publicKey === publicKey ? { publicKey, privateKey: kept.privateKey } : null;
  }

  async erase() {
    await this.#do('readwrite', (store) => store.delete(shelf));
  }

  /**
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest} what
   * @returns {Promise<any>} null where it is not possible
   */
  async #do(mode, what) {
    try {
      const db = await this.#open();
      try {
        return await new Promise((resolve, reject) => {
          const change = db.transaction(shelf, mode);
          const request = what(change.objectStore(shelf));
          change.oncomplete = () => resolve(request.result);
          change.onabort = change.onerror = () => reject(change.error);
        });
      } finally {
        db.close();
      }
    } catch {
      return null;
    }
  }

  /** @returns {Promise<IDBDatabase>} */
  #open() {
    return new Promise((resolve, reject) => {
      if (!this.#indexedDB) return reject(new Error('no IndexedDB'));
      const request = this.#indexedDB.open(database, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(shelf);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }
}
