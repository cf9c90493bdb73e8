/** Passwords that the server makes: read aloud and typed into a phone without mistakes, and not to be guessed. */

/** 31 letters and digits, without those that look like another: i, l, o, 0, 1. */
const alphabet = "abcdefghjkmnpqrstuvwxyz23456789";
const groups = 3;
const groupLength = 6;

/** `k7mqx2-pd9fhw-3tzrbn`: 18 characters, 89 bits. `random` returns octets from a cryptographic source. */
export function generatePassword(random: (length: number) => Uint8Array): string {
  let password = "";
  let count = 0;
  while (count < groups * groupLength) {
    for (const octet of random(32)) {
      // Octets beyond the last multiple of 31 would make some letters likelier.
      if (octet >= 248 || count === groups * groupLength) continue;
      if (count > 0 && count % groupLength === 0) password += "-";
      password += alphabet[octet % alphabet.length];
      count++;
    }
  }
  return password;
}
