package io.muster.node.backup;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// What a backup says of itself, in its last entry, `manifest.json`: a backup that was cut off has
/// none.
///
/// @param format of the whole file, [#FORMAT]
/// @param muster the version that made it
/// @param lineage the life of the cluster, see [io.muster.link.Lineage]
/// @param member who made it
/// @param made when it began, ISO 8601 in UTC
/// @param groups in the order in which they were captured
public record BackupManifest(
    int format,
    String muster,
    String cluster,
    String lineage,
    String member,
    String made,
    List<Group> groups,
    List<File> files) {
  /// The one there is. A ZIP file with one folder per group and the manifest behind them.
  public static final int FORMAT = 1;

  static final String NAME = "manifest.json";
  static final Pattern FILE_NAME = Pattern.compile("[a-z0-9-]{1,40}/[A-Za-z0-9_.-]{1,120}");
  private static final ObjectMapper JSON = new ObjectMapper();

  public BackupManifest {
    groups = List.copyOf(groups);
    files = List.copyOf(files);
  }

  /// A group in it.
  ///
  /// @param index of the last log entry that is in it, with its `term`
  /// @param count of keys in `meta`, of records in a shard of the store
  public record Group(String group, long index, long term, long count) {}

  /// A file in it.
  ///
  /// @param name `<group>/<file>`
  /// @param bytes of its content, as `sha256` is, in hexadecimal
  public record File(String name, long bytes, String sha256) {}

  byte[] json() {
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
  }

  /// @throws MusterException `backup_invalid`
  static BackupManifest read(byte[] json) {
    try {
      JsonNode all = JSON.readTree(json);
      int format = all.path("format").asInt(0);
      if (format != FORMAT) {
        throw new MusterException(
            ErrorCode.BACKUP_INVALID,
            NAME
                + ": expected format "
                + FORMAT
                + ", found "
                + format
                + "; restore it with the version of Muster that made it ("
                + all.path("muster").asString("unknown")
                + ") or a later one");
      }
      return JSON.treeToValue(all, BackupManifest.class);
    } catch (JacksonException e) {
      throw new MusterException(
          ErrorCode.BACKUP_INVALID,
          NAME
              + ": expected JSON, found "
              + new String(json, 0, Math.min(40, json.length), StandardCharsets.UTF_8),
          e);
    }
  }

  long count(String group) {
    return groups.stream()
        .filter(g -> g.group().equals(group))
        .mapToLong(Group::count)
        .findFirst()
        .orElse(0);
  }

  /// How many records are in it, of all shards.
  public long records() {
    return groups.stream().filter(g -> !g.group().equals("meta")).mapToLong(Group::count).sum();
  }

  /// How many keys of the registry are in it: users, rights, settings, revocations.
  public long keys() {
    return count("meta");
  }
}
