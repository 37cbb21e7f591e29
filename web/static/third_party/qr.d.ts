/* Types of qr.js: the one form of its output that this product uses. */

/** How much of the code may be damaged and it still reads: 7, 15, 25 or 30 per cent. */
export type ErrorCorrection = 'low' | 'medium' | 'quartile' | 'high';

/**
 * The modules of the QR code, row by row, `true` where it is dark, with the quiet border around it.
 * Throws when the text does not fit into version 40.
 */
export default function encodeQR(text: string, output: 'raw', opts?: { ecc?: ErrorCorrection, border?: number }): boolean[][];
