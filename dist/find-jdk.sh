# Finds a JDK 25 and prints its home; sourced by ./muster and ./mvnw.
find_jdk25() {
  for home in "${JAVA_HOME:-}" "$(dirname "$(dirname "$(command -v java 2>/dev/null || echo /x/x)")")" \
    /usr/lib/jvm/* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* /opt/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ -x "$home/bin/javac" ] && [ -f "$home/release" ] && grep -q '^JAVA_VERSION="25' "$home/release" || continue
    echo "$home"
    return 0
  done
  echo "muster: no JDK 25 found; install one (for example Temurin 25) and set JAVA_HOME or put it under /usr/lib/jvm" >&2
  return 1
}
