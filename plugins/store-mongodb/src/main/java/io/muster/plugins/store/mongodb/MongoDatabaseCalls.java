package io.muster.plugins.store.mongodb;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoCredential;
import com.mongodb.MongoException;
import com.mongodb.ReadPreference;
import com.mongodb.WriteConcern;
import com.mongodb.client.FindIterable;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoCursor;
import com.mongodb.client.model.FindOneAndUpdateOptions;
import com.mongodb.client.model.ReturnDocument;
import io.muster.plugins.store.database.Database;
import io.muster.plugins.store.database.DatabaseSettings;
import io.muster.plugins.store.database.JsonObjects;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.CriteriaException;
import io.muster.spi.store.CriteriaMatcher;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathOrder;
import io.muster.spi.store.PathPattern;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordSort;
import io.muster.spi.store.Selection;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import io.muster.spi.store.Write;
import io.muster.spi.store.Written;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.types.ObjectId;
import org.jspecify.annotations.Nullable;

/// Records as documents.
///
/// A put is one `findAndModify`. A merge and an increment read the document and write it back if
/// nobody wrote meanwhile, which `rev` tells of our writes and `modified` of those of others; else
/// they begin again. A removal by a pattern is atomic for each document: MongoDB has no other one
/// without transactions.
final class MongoDatabaseCalls implements Database {
  private static final int TRIES = 100;
  private static final String ADVICE = "raise store.list_bytes_max";
  private static final BsonDocument THERE = new BsonDocument("$exists", BsonBoolean.TRUE);
  private static final BsonDocument MISSING = new BsonDocument("$exists", BsonBoolean.FALSE);
  private static final BsonDocument BY_ID = new BsonDocument("_id", new BsonInt32(1));

  private final MongoSettings settings;
  private final DatabaseSettings bounds;
  private final String cluster;
  private final String member;
  private @Nullable MongoClient client;
  private volatile @Nullable MongoCollection<BsonDocument> collection;
  private volatile boolean closed;

  MongoDatabaseCalls(MongoSettings settings, String cluster, String member) {
    this.settings = settings;
    this.bounds = settings.bounds();
    this.cluster = cluster;
    this.member = member;
  }

  @Override
  public String place() {
    return settings.place();
  }

  // --- connecting

  @Override
  public void prepare() {
    try {
      if (collection == null) open();
      probe();
      MongoCollection<BsonDocument> all = collection();
      // Rights are found out by asking for nothing: no path is empty.
      BsonDocument nothing = new BsonDocument("_id", new BsonString(""));
      all.find(nothing).first();
      all.updateOne(nothing, set("path", new BsonString("")));
      all.deleteOne(nothing);
    } catch (RuntimeException e) {
      throw MongoFailures.failure(e, false);
    }
  }

  private static BsonDocument set(String name, BsonValue value) {
    return new BsonDocument("$set", new BsonDocument(name, value));
  }

  private synchronized void open() {
    ConnectionString url = new ConnectionString(settings.url().reveal());
    String objection = MongoSettings.objection(url);
    if (objection != null) throw new StoreException(Kind.FAILED, objection, null);
    int ms = (int) bounds.timeout().toMillis();
    String database = settings.database(url);
    MongoClientSettings.Builder all =
        MongoClientSettings.builder()
            .applyConnectionString(url)
            .applicationName(("muster " + member).substring(0, Math.min(128, 7 + member.length())))
            .readPreference(ReadPreference.primary())
            .applyToClusterSettings(c -> c.serverSelectionTimeout(ms, TimeUnit.MILLISECONDS))
            .applyToConnectionPoolSettings(
                // One more for the probe, which must not wait for anybody.
                p -> p.maxSize(bounds.threads() + 1).maxWaitTime(ms, TimeUnit.MILLISECONDS))
            .applyToSocketSettings(
                s ->
                    s.connectTimeout(ms, TimeUnit.MILLISECONDS)
                        .readTimeout(ms, TimeUnit.MILLISECONDS));
    if (url.getWriteConcern() == null) {
      all.writeConcern(WriteConcern.MAJORITY.withJournal(true));
    }
    settings
        .password()
        .ifPresent(
            w ->
                all.credential(
                    MongoCredential.createCredential(
                        settings.user().orElse(""), source(url), w.reveal().toCharArray())));
    if (closed) throw new StoreException(Kind.UNAVAILABLE, "closed", null);
    MongoClient opened = MongoClients.create(all.build());
    client = opened;
    collection =
        opened
            .getDatabase(database)
            .getCollection(settings.collection().orElse(cluster), BsonDocument.class);
  }

  private static String source(ConnectionString url) {
    MongoCredential given = url.getCredential();
    return given == null ? "admin" : given.getSource();
  }

  private MongoCollection<BsonDocument> collection() {
    MongoCollection<BsonDocument> open = collection;
    if (open != null && !closed) return open;
    throw new StoreException(Kind.UNAVAILABLE, "not connected; nothing was done", null);
  }

  @Override
  public void probe() {
    MongoClient open = client;
    if (open == null) throw new StoreException(Kind.UNAVAILABLE, "not connected", null);
    try {
      open.getDatabase("admin")
          .runCommand(new BsonDocument("ping", new BsonInt32(1)), ReadPreference.primary());
    } catch (RuntimeException e) {
      throw MongoFailures.failure(e, false);
    }
  }

  private static <T> T reading(Supplier<T> work) {
    try {
      return work.get();
    } catch (CriteriaException e) {
      throw e;
    } catch (RuntimeException e) {
      throw MongoFailures.failure(e, false);
    }
  }

  // --- documents

  private static PathRecord record(BsonDocument d) {
    return record(d, data(d));
  }

  private static PathRecord record(BsonDocument d, byte[] data) {
    long modified = stamp(d.get("modified"), stamp(d.get("created"), 0));
    return new PathRecord(
        d.getString("_id").getValue(),
        data,
        stamp(d.get("created"), modified),
        modified,
        text(d.get("createdBy")),
        text(d.get("modifiedBy")),
        version(d));
  }

  private static byte[] data(BsonDocument d) {
    BsonValue data = d.get("data", new BsonDocument());
    BsonValue exact = d.get("exact");
    if (exact != null && exact.isString()) {
      byte[] json = exact.asString().getValue().getBytes(StandardCharsets.UTF_8);
      // Somebody who knows nothing of `exact` may have written the data since.
      if (BsonJson.stored(json).data().equals(data)) return json;
    }
    return BsonJson.json(data);
  }

  private static long stamp(@Nullable BsonValue value, long fallback) {
    if (value == null) return fallback;
    if (value.isNumber()) return value.asNumber().longValue();
    return value.isDateTime() ? value.asDateTime().getValue() : fallback;
  }

  private static @Nullable String text(@Nullable BsonValue value) {
    return value != null && value.isString() ? value.asString().getValue() : null;
  }

  /// Documents of others count as written once.
  private static long version(BsonDocument d) {
    BsonValue version = d.get("version");
    return version != null && version.isNumber() ? version.asNumber().longValue() : 1;
  }

  // --- reading

  @Override
  public Optional<PathRecord> get(String path) {
    return reading(
        () ->
            Optional.ofNullable(
                    collection().find(MongoFilter.pattern(new PathPattern(path))).first())
                .map(MongoDatabaseCalls::record));
  }

  @Override
  public List<PathRecord> list(ListQuery q) {
    boolean whole = q.criteria().equals(Criteria.ANY) && new RecordSort(q.sort()).byPath();
    if (!whole || !MongoFilter.exact(new PathPattern(q.pattern()))) {
      Selection selection = new Selection(q, bounds.listBytesMax(), ADVICE);
      each(q.pattern(), q.criteria(), 0, 0, selection::offer);
      return selection.result();
    }
    if (q.skip() > Integer.MAX_VALUE) return List.of();
    int limit = q.limit() > Integer.MAX_VALUE ? 0 : (int) q.limit();
    Selection all = new Selection(ListQuery.all(q.pattern()), bounds.listBytesMax(), ADVICE);
    each(q.pattern(), q.criteria(), (int) q.skip(), limit, all::offer);
    // Servers sort by bytes, as paths are; those that only speak the protocol may do otherwise.
    List<PathRecord> found = new ArrayList<>(all.result());
    found.sort(PathOrder.BY_PATH);
    return Collections.unmodifiableList(found);
  }

  /// Shows the records of a pattern, by path, that criteria may be fulfilled by.
  private void each(
      String pattern, Criteria criteria, int skip, int limit, Predicate<PathRecord> goOn) {
    PathPattern p = new PathPattern(pattern);
    boolean exact = MongoFilter.exact(p);
    reading(
        () -> {
          FindIterable<BsonDocument> found =
              collection().find(filter(p, criteria)).sort(BY_ID).skip(skip).limit(limit);
          try (MongoCursor<BsonDocument> cursor = found.cursor()) {
            boolean more = true;
            while (more && cursor.hasNext()) {
              PathRecord r = record(cursor.next());
              if (exact || p.matches(r.path())) more = goOn.test(r);
            }
          }
          return skip;
        });
  }

  private static BsonDocument filter(PathPattern pattern, Criteria criteria) {
    BsonDocument narrowed = MongoFilter.criteria(criteria);
    BsonDocument paths = MongoFilter.pattern(pattern);
    return narrowed == null ? paths : MongoFilter.and(List.of(paths, narrowed));
  }

  @Override
  public long count(String pattern, Criteria criteria) {
    PathPattern p = new PathPattern(pattern);
    if (criteria.equals(Criteria.ANY) && MongoFilter.exact(p)) {
      return reading(() -> collection().countDocuments(MongoFilter.pattern(p)));
    }
    CriteriaMatcher matcher = CriteriaMatcher.of(criteria);
    long[] n = {0};
    each(
        pattern,
        criteria,
        0,
        0,
        r -> {
          if (matcher.matches(r)) n[0]++;
          return true;
        });
    return n[0];
  }

  // --- writing

  @Override
  public Written write(Write write, long expires) {
    boolean put = write instanceof Write.Put && write.when() == Write.When.ALWAYS;
    for (int tries = 0; tries < TRIES; tries++) {
      if (System.currentTimeMillis() >= expires) {
        throw new StoreException(Kind.UNAVAILABLE, "no time was left; nothing was written", null);
      }
      try {
        PathRecord written = put && write instanceof Write.Put p ? put(p, tries) : replaced(write);
        if (written != null) return new Written(written);
      } catch (MongoException e) {
        if (!MongoFailures.duplicate(e)) throw MongoFailures.failure(e, true);
      } catch (RuntimeException e) {
        throw MongoFailures.failure(e, true);
      }
    }
    throw new StoreException(
        Kind.UNAVAILABLE, "others write there all the time; nothing was written", null);
  }

  /// Every second try looks for a document of others, which have no version.
  ///
  /// @return null when there is none, and nothing was written
  private @Nullable PathRecord put(Write.Put put, int tries) {
    BsonJson.Stored stored = BsonJson.stored(put.data());
    BsonDocument update = update(put, stored, put.data());
    BsonDocument filter = new BsonDocument("_id", new BsonString(put.path()));
    FindOneAndUpdateOptions options = options();
    if (tries % 2 == 0) {
      filter.append("version", THERE);
      BsonDocument first = new BsonDocument("created", update.getDocument("$max").get("modified"));
      if (put.by() != null) first.append("createdBy", new BsonString(put.by()));
      update.append("$setOnInsert", first);
      update.append("$inc", new BsonDocument("version", new BsonInt64(1)));
      options.upsert(true);
    } else {
      filter.append("version", MISSING);
      update.getDocument("$set").append("version", new BsonInt64(2));
    }
    BsonDocument after = collection().findOneAndUpdate(filter, update, options);
    return after == null ? null : record(after, put.data());
  }

  private static FindOneAndUpdateOptions options() {
    BsonDocument meta =
        new BsonDocument("data", new BsonInt32(0)).append("exact", new BsonInt32(0));
    return new FindOneAndUpdateOptions().returnDocument(ReturnDocument.AFTER).projection(meta);
  }

  private static BsonDocument update(Write write, BsonJson.Stored stored, byte[] json) {
    BsonDocument set = new BsonDocument("path", new BsonString(write.path()));
    BsonDocument unset = new BsonDocument();
    set.append("data", stored.data());
    set.append("rev", new BsonObjectId(new ObjectId()));
    if (write.by() == null) unset.append("modifiedBy", new BsonInt32(1));
    else set.append("modifiedBy", new BsonString(write.by()));
    if (stored.faithful()) unset.append("exact", new BsonInt32(1));
    else set.append("exact", new BsonString(new String(json, StandardCharsets.UTF_8)));
    BsonDocument update = new BsonDocument("$set", set);
    if (!unset.isEmpty()) update.append("$unset", unset);
    BsonInt64 now = new BsonInt64(System.currentTimeMillis());
    return update.append("$max", new BsonDocument("modified", now));
  }

  /// @return null when somebody wrote meanwhile, and nothing was written
  private @Nullable PathRecord replaced(Write write) {
    MongoCollection<BsonDocument> all = collection();
    BsonDocument id = new BsonDocument("_id", new BsonString(write.path()));
    BsonDocument old = all.find(id).first();
    JsonObjects.require(write, old != null);
    if (old == null) {
      byte[] json = JsonObjects.after(null, write, bounds.recordBytesMax());
      BsonDocument first = update(write, BsonJson.stored(json), json);
      BsonDocument document = new BsonDocument("_id", new BsonString(write.path()));
      first.getDocument("$set").forEach(document::append);
      BsonValue now = first.getDocument("$max").get("modified");
      document.append("created", now).append("modified", now);
      if (write.by() != null) document.append("createdBy", new BsonString(write.by()));
      document.append("version", new BsonInt64(1));
      all.insertOne(document);
      return record(document, json);
    }
    byte[] json = JsonObjects.after(data(old), write, bounds.recordBytesMax());
    BsonJson.Stored stored = BsonJson.stored(json);
    if (write instanceof Write.Merge m && stored.faithful() && !old.containsKey("exact")) {
      stored = new BsonJson.Stored(merged(old, m), true);
    }
    BsonDocument update = update(write, stored, json);
    update.getDocument("$set").append("version", new BsonInt64(version(old) + 1));
    BsonDocument after = all.findOneAndUpdate(unchanged(old), update, options());
    return after == null ? null : record(after, json);
  }

  /// The document as long as nobody writes it.
  private static BsonDocument unchanged(BsonDocument old) {
    BsonDocument filter = new BsonDocument("_id", old.get("_id"));
    for (String name : List.of("rev", "modified")) {
      BsonValue value = old.get(name);
      filter.append(name, value == null ? MISSING : new BsonDocument("$eq", value));
    }
    return filter;
  }

  /// Merges members without touching the others, whose types may be unknown to JSON.
  private static BsonDocument merged(BsonDocument old, Write.Merge merge) {
    BsonValue data = old.get("data", new BsonDocument());
    if (!data.isDocument()) data = BsonJson.stored(BsonJson.json(data)).data();
    BsonDocument merged = data.asDocument().clone();
    for (Map.Entry<String, BsonValue> e : BsonJson.stored(merge.data()).data().entrySet()) {
      merged.put(e.getKey(), e.getValue());
    }
    return merged;
  }

  @Override
  public long remove(String pattern, Criteria criteria, long expires) {
    PathPattern p = new PathPattern(pattern);
    try {
      if (criteria.equals(Criteria.ANY) && MongoFilter.exact(p)) {
        return collection().deleteMany(MongoFilter.pattern(p)).getDeletedCount();
      }
      return picked(p, CriteriaMatcher.of(criteria), filter(p, criteria), expires);
    } catch (CriteriaException e) {
      throw e;
    } catch (RuntimeException e) {
      throw MongoFailures.failure(e, true);
    }
  }

  /// Removes what a filter cannot say one by one, each as it was when it was looked at.
  private long picked(PathPattern p, CriteriaMatcher matcher, BsonDocument filter, long expires) {
    MongoCollection<BsonDocument> all = collection();
    long removed = 0;
    try (MongoCursor<BsonDocument> cursor = all.find(filter).cursor()) {
      while (cursor.hasNext()) {
        BsonDocument d = cursor.next();
        if (!p.matches(d.getString("_id").getValue())) continue;
        BsonDocument id = new BsonDocument("_id", d.get("_id"));
        for (BsonDocument now = d; now != null && matcher.matches(record(now)); ) {
          if (System.currentTimeMillis() >= expires) {
            throw new StoreException(
                removed == 0 ? Kind.UNAVAILABLE : Kind.UNKNOWN,
                "no time was left; " + removed + " were removed",
                null);
          }
          if (all.deleteOne(unchanged(now)).getDeletedCount() > 0) {
            removed++;
            break;
          }
          now = all.find(id).first();
        }
      }
    }
    return removed;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (client != null) client.close();
  }
}
