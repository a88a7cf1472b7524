package tributary.read;

import java.util.HexFormat;

/**
 * What VP8 fixes: RFC 6386, sections 11.5 (modes of small blocks), 13.4 and 13.5 (probabilities of
 * coefficients), 14.1 (quantizer steps).
 */
final class Vp8Tables {
  /** Modes of a small block, and of those above and left of it. */
  static final int MODES = 10;

  /** Probabilities of the tree of modes. */
  static final int MODE_TREE = 9;

  /** Kinds of blocks x bands x contexts x the tree of tokens. */
  static final int BANDS = 8;

  static final int CONTEXTS = 3;
  static final int TOKEN_TREE = 11;

  private static final String MODE =
      """
          e7783059737178987098b3407eaa762e465faf458f505552489b67383a0aabdabd110d98
          721a11a32cc3150aad791850c31a3e2c405590470a26abd590221aaa2e371388a021ce47
          3f14087272d00c09e251280b60b6541d102486b7598962656aa59448bb64829d6f204b50
          4266a7634a3e28ea80293509b2f18d1a086b4a2b1a9249a631179d412669a033341f7380
          684f0c1bd9ff5711075744472c72330fba172f290e6eb6b71511c2422d1966c5bd171216
          585893962a2e2dc4cd2b61b775552623b33d2735c8571a152be8ab3822336872661d5d4d
          271c55ab3aa55a6240221674ce17222ba6496b36201a3301512b1f44196a1640ab24e172
          2213156684bc104c7c3e124e5f5539323033c165239fd76f592e6f3c941facdbe415126f
          70714d55b3ff267872282a01c4f5d10a196d582b1d8ca6d5252b9a3d3f1e9b432d4401d1
          6450082b9a01331a478e4e4e10ff8022c5ab29280566d3b70401dd333211a8d1c0171952
          8a1f24ab1ba6262ce543573aa952731a3bb33f3b5ab43ba65d499a282815748fd12227af
          2f0f10b722df312db72e1121b706620f20b7392e16188001361125412049731c801780cd
          2803097333c01206df572509733b4d40152f68372cda09363582e2405a46cd2829171a39
          363970b8052926a6d51e221a8598740a2086271335dd1a722049ff1f0941ea020f017649
          4b200c33c0ffa02b33581f2343665537ba553815176f3bcd2d25c03726467c4966012262
          7d622a58685575af525f543559806471652d4b4f7b2f338051ab01391105476639352931
          26210d7939491a0155290a438a4d6e5a2f727315020a66ffa61706651d100a558065c41a
          39120a6666d522142b75140f24a38044011a663d472522351ff3c0453c472649771cde25
          442d8022012f0bf5ab3e1113469255373e46252b259a64a355a0013f095c881c4020c955
          4b0f090940ffb8771056061c0540ff19f8013808118489ff3774803a0f145287391a7928
          a4321f899a851923da33672c83837b1f069e5628408794e02db780161a1183f09a0e01d1
          2d10155b40de0701c53815279b3c8a1766d5530c0d36c0ff442f1c551a555580802092ab
          120b073f90ab0404f6231b0a92aeab0c1a80be502363b4507e362d557e2f57b033291420
          654b808b769274805538290fb0ec5525093e471e117776ff11128a65263c8a37462b1a8e
          9224131eabff611b148a2d3d3edb0151bc4020291475978e1415a370130c3dc380300418
      """;

  private static final String UPDATE =
      """
          ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffb0f6ffffffffffffffffff
          dff1fcfffffffffffffffff9fdfdfffffffffffffffffff4fcffffffffffffffffeafefeffffffffffffffff
          fdfffffffffffffffffffffff6feffffffffffffffffeffdfefffffffffffffffffefffeffffffffffffffff
          fff8fefffffffffffffffffbfffefffffffffffffffffffffffffffffffffffffffffdfeffffffffffffffff
          fbfefefffffffffffffffffefffefffffffffffffffffffefdfffefffffffffffffafffefffeffffffffffff
          feffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
          d9ffffffffffffffffffffe1fcf1fdfffffeffffffffeafaf1fafdfffdfefffffffffeffffffffffffffffff
          dffefeffffffffffffffffeefdfefefffffffffffffffff8fefffffffffffffffff9feffffffffffffffffff
          fffffffffffffffffffffffffdfffffffffffffffffff7feffffffffffffffffffffffffffffffffffffffff
          fffdfefffffffffffffffffcfffffffffffffffffffffffffffffffffffffffffffffefeffffffffffffffff
          fdfffffffffffffffffffffffffffffffffffffffffffffefdfffffffffffffffffaffffffffffffffffffff
          feffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
          bafbfaffffffffffffffffeafbf4fefffffffffffffffbfbf3fdfefffefffffffffffdfeffffffffffffffff
          ecfdfefffffffffffffffffbfdfdfefefffffffffffffffefefffffffffffffffffefefeffffffffffffffff
          fffffffffffffffffffffffffefffffffffffffffffffefefffffffffffffffffffeffffffffffffffffffff
          fffffffffffffffffffffffeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
          ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
          ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
          f8fffffffffffffffffffffafefcfefffffffffffffff8fef9fdfffffffffffffffffdfdffffffffffffffff
          f6fdfdfffffffffffffffffcfefbfefefffffffffffffffefcfffffffffffffffff8fefdffffffffffffffff
          fdfffefefffffffffffffffffbfefffffffffffffffff5fbfefffffffffffffffffdfdfeffffffffffffffff
          fffbfdfffffffffffffffffcfdfefffffffffffffffffffefffffffffffffffffffffcffffffffffffffffff
          f9fffefffffffffffffffffffffefffffffffffffffffffffdfffffffffffffffffaffffffffffffffffffff
          fffffffffffffffffffffffffffffffffffffffffffffeffffffffffffffffffffffffffffffffffffffffff
      """;

  private static final String TOKEN =
      """
          808080808080808080808080808080808080808080808080808080808080808080fd88feffe4db8080808080
          bd81f2ffe3d5ffdb8080806a7ee3fcd6d1ffff8080800162f8ffece2ffff808080b585eefeddeaff9a808080
          4e86caf7c6b4ffdb80808001b9f9fff3ff8080808080b896f7ffece080808080804d6ed8ffece68080808080
          0165fbfff1ff8080808080aa8bf1fcecd1ffff8080802574c4f3e4ffffff80808001ccfefff5ff8080808080
          cfa0faffee8080808080806667e7ffd3ab80808080800198fcfff0ff8080808080b187f3ffeae18080808080
          5081d3ffc2e080808080800101ff8080808080808080f601ff8080808080808080ff80808080808080808080
          c623eddfc1bba2a0919b3e832dc6ddacb0dc9dfcdd01442f92d095a7dda2ffdf800195f1ffdde0ffff808080
          b88deafddedcffc78080805163b5f2b0bef9caffff800181e8fdd6c5f2c4ffff806379d2fac9c6ffca808080
          175ba3f2aabbf7d2ffff8001c8f6ffeaff80808080806db2f1ffe7f5ffff8080802c82c9fdcdc0ffff808080
          0184effbdbd1ffa58080805e88e1fbdabeffff8080801664aef5baa1ffc780808001b6f9ffe8eb8080808080
          7c8ff1ffe3ea8080808080234db5fbc1d3ffcd808080019df7ffece7ffff808080798debffe1e3ffff808080
          2d63bcfbc3d9ffe08080800101fbffd5ff8080808080cb01f8ffff8080808080808901b1ffe0ff8080808080
          fd09f8fbcfd0ffc0808080af0de0f3c1b9f9c6ffff804911abdda1b3eca7ffea80015ff7fdd4b7ffff808080
          ef5af4fad3d1ffff8080809b4dc3f8bcc3ffff8080800118effbdadbffcd808080c933dbffc4ba8080808080
          452ebeefc9daffe480808001bffbffff808080808080dfa5f9ffd5ff80808080808d7cf8ffff808080808080
          0110f8ffff808080808080be24e6ffecff80808080809501ff808080808080808001e2ff8080808080808080
          f7c0ff8080808080808080f080ff80808080808080800186fcffff808080808080d53efaffff808080808080
          375dff8080808080808080808080808080808080808080808080808080808080808080808080808080808080
          ca18d5ebbabfdca0f0afff7e26b6e8a9b8e4aeffbb803d2e8adb97b2f0aaffd8800170e6fac7bff79fffff80
          a66de4fcd3d7ffae808080274da2e8acb4f5b2ffff800134dcf6c6c7f9dcffff807c4abff3b7c1faddffff80
          184782db9aaaf3b6ffff8001b6e1f9dbf0ffe08080809596e2fcd8cdffab8080801c6caaf2b7c2fedfffff80
          0151e6fccccbffc08080807b66d1f7bcc4ffe9808080145f99f3a4adffcb80808001def8ffd8d58080808080
          a8aff6fcebcdffff8080802f74d7ffd3d4ffff8080800179ecfdd4d6ffff8080808d54d5fcc9caffdb808080
          2a50a0f0a2b9ffcd8080800101ff8080808080808080f401ff8080808080808080ee01ff8080808080808080
      """;

  private static final String DC =
      """
          0405060708090a0a0b0c0d0e0f101111121314141515161617171819191a1b1c
          1d1e1f20212223242525262728292a2b2c2d2e2e2f303132333435363738393a
          3b3c3d3e3f404142434445464748494a4b4c4c4d4e4f50515253545556575859
          5b5d5f6062646566686a6c6e707274767a7c7e80828486888a8c8f9194979a9d
      """;

  private static final String AC_LOW =
      """
          0405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223
          2425262728292a2b2c2d2e2f303132333435363738393a3c3e40424446484a4c
          4e50525456585a5c5e60626466686a6c6e707274777a7d808386898c8f929598
          9b9ea1a4a7aaadb1b5b9bdc1c5c9cdd1d5d9dde1e5eaeff5f9fe03080d12171c
      """;

  /** [above, left, tree]. */
  static final int[] MODE_PROBABILITIES = bytes(MODE);

  /** [kind, band, context, tree]: how probably a token's probability stays. */
  static final int[] TOKEN_UPDATES = bytes(UPDATE);

  /** [kind, band, context, tree]. */
  static final int[] TOKEN_PROBABILITIES = bytes(TOKEN);

  /** [128]: steps of the first coefficient. */
  static final int[] DC_STEPS = bytes(DC);

  /** [128]: steps of the others; the last ones need nine bits. */
  static final int[] AC_STEPS = steps();

  private Vp8Tables() {}

  private static int[] bytes(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
    int[] values = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      values[i] = bytes[i] & 0xFF;
    }
    return values;
  }

  private static int[] steps() {
    int[] low = bytes(AC_LOW);
    for (int i = 1; i < low.length; i++) {
      low[i] += low[i] < (low[i - 1] & 0xFF) ? 256 : low[i - 1] & 256;
    }
    return low;
  }
}
