package io.muster.registry.driver;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The engine's messages as bytes: a number and the protobuf body. Numbers are never reused.
final class RaftMessages {
  private static final String RPC = "com.alipay.sofa.jraft.rpc.RpcRequests$";

  /// The position in this list is the number on the wire: append only.
  private static final List<String> NUMBERS =
      List.of(
          "PingRequest",
          "ErrorResponse",
          "AppendEntriesRequest",
          "AppendEntriesResponse",
          "RequestVoteRequest",
          "RequestVoteResponse",
          "InstallSnapshotRequest",
          "InstallSnapshotResponse",
          "GetFileRequest",
          "GetFileResponse",
          "TimeoutNowRequest",
          "TimeoutNowResponse",
          "ReadIndexRequest",
          "ReadIndexResponse");

  private static final Map<String, Message> PROTOTYPES = new ConcurrentHashMap<>();

  private RaftMessages() {}

  static void register(String className, Object prototype) {
    PROTOTYPES.put(className, (Message) prototype);
  }

  static byte[] encode(Object message) {
    Message m = (Message) message;
    String name = m.getClass().getName();
    int number = name.startsWith(RPC) ? NUMBERS.indexOf(name.substring(RPC.length())) : -1;
    if (number < 0) throw new IllegalArgumentException("no number for " + name);
    byte[] body = m.toByteArray();
    return ByteBuffer.allocate(body.length + 1).put((byte) number).put(body).array();
  }

  static Message decode(byte[] bytes) {
    int number = bytes.length == 0 ? -1 : bytes[0];
    if (number < 0 || number >= NUMBERS.size()) {
      throw new IllegalArgumentException("raft message number " + number);
    }
    Message prototype = PROTOTYPES.get(RPC + NUMBERS.get(number));
    if (prototype == null) throw new IllegalStateException("no prototype " + NUMBERS.get(number));
    try {
      return prototype.getParserForType().parseFrom(bytes, 1, bytes.length - 1);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("a malformed " + NUMBERS.get(number), e);
    }
  }
}
