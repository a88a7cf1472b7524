package tributary.models.hip;

import java.util.Arrays;
import java.util.List;

/**
 * The published sizes of Hierarchical Perceiver (perceiver_blocks.py VARIANTS): cross-attends have
 * one head and widening 1, self-attention has widening 4.
 */
enum HipPreset {
  MINI(
      "mini",
      32,
      List.of(16, 1, 16),
      List.of(2, 1, 1),
      List.of(128, 64, 128),
      List.of(128, 1024, 128),
      List.of(4, 32, 4)),
  HIP_16(
      "16",
      32,
      List.of(16, 4, 1, 1, 1, 4, 16),
      List.of(2, 2, 18, 2, 1, 1, 1),
      List.of(128, 256, 256, 64, 256, 256, 128),
      List.of(128, 256, 512, 1024, 512, 256, 128),
      List.of(4, 8, 16, 32, 16, 8, 4)),
  HIP_256(
      "256",
      16,
      List.of(256, 64, 16, 4, 1, 1, 1, 4, 16, 64, 256),
      List.of(1, 1, 2, 2, 18, 2, 1, 1, 1, 1, 1),
      List.of(32, 64, 128, 256, 256, 64, 256, 256, 128, 64, 32),
      List.of(64, 96, 128, 256, 512, 1024, 256, 128, 64, 32, 16),
      List.of(1, 2, 4, 8, 16, 32, 16, 8, 4, 2, 1)),
  HIP_16X3(
      "16x3",
      32,
      List.of(16, 1, 16),
      List.of(2, 18, 2),
      List.of(128, 256, 128),
      List.of(128, 1024, 128),
      List.of(4, 32, 4));

  final String key;
  final int embedding;
  final List<Integer> groups;
  final List<Integer> selfLayers;
  final List<Integer> latents;
  final List<Integer> channels;
  final List<Integer> heads;

  HipPreset(
      String key,
      int embedding,
      List<Integer> groups,
      List<Integer> selfLayers,
      List<Integer> latents,
      List<Integer> channels,
      List<Integer> heads) {
    this.key = key;
    this.embedding = embedding;
    this.groups = groups;
    this.selfLayers = selfLayers;
    this.latents = latents;
    this.channels = channels;
    this.heads = heads;
  }

  static List<String> keys() {
    return Arrays.stream(values()).map(p -> p.key).toList();
  }

  static HipPreset of(String key) {
    return Arrays.stream(values()).filter(p -> p.key.equals(key)).findFirst().orElse(MINI);
  }
}
