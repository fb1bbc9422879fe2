package io.muster.node.happn;

import java.util.Set;

/// One key of happn's configuration files: a row of the table in `docs/reference/happn-config.md`.
///
/// @param kinds in which files it means this
/// @param path from the top, with dots
record HappnKey(Set<Kind> kinds, String path, Shape shape, Effect effect) {
  HappnKey {
    kinds = Set.copyOf(kinds);
  }

  /// What a file configures.
  enum Kind {
    SINGLE("happn-3", "a server of happn-3"),
    OLDER("older", "a node of happn-cluster, older generation"),
    NEWER("newer", "a node of happn-cluster, newer generation");

    private final String word;
    private final String text;

    Kind(String word, String text) {
      this.word = word;
      this.text = text;
    }

    /// For tables.
    String word() {
      return word;
    }

    /// For sentences.
    String text() {
      return text;
    }
  }

  /// What may stand under a key.
  enum Shape {
    TEXT("a text"),
    WHOLE("a whole number"),
    MILLIS("milliseconds, a whole number"),
    BYTES("bytes, a whole number"),
    NUMBER("a number"),
    FLAG("true or false"),
    /// Whatever is no boolean counts as false, as it does for happn.
    LOOSE_FLAG("true; anything else counts as false"),
    /// What is no number counts as not given.
    LOOSE_MILLIS("milliseconds; what is no number counts as not given"),
    TEXTS("a list of texts"),
    COUNTS("whole numbers by name"),
    ANY("as happn has it");

    private final String text;

    Shape(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }

  /// What a key does here.
  sealed interface Effect {}

  /// The same under another name.
  record Becomes(String setting) implements Effect {}

  /// The same under another name, where this release has that; else a warning where the value is
  /// the one that holds anyway, and a refusal where it is not.
  ///
  /// @param value as JSON; empty where there is none that holds anyway
  record May(String setting, String value) implements Effect {}

  /// Something that depends on other keys as well.
  ///
  /// @param setting the one or first it leads to
  /// @param how in words
  record Works(String setting, String how) implements Effect {}

  /// Nothing: the value is looked at, and a warning says why.
  record Nothing(String why) implements Effect {}

  /// Only one value is possible here, others are refused.
  ///
  /// @param value as JSON; empty where the key must not be given
  /// @param remedy what to do instead
  record Only(String value, String remedy) implements Effect {}
}
