package io.muster.supervision.notify;

import io.muster.spi.SecretText;
import io.muster.spi.action.ActionReport;
import io.muster.supervision.notify.core.Notice;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Properties;

/// Sends notices as mail, a connection for each.
final class MailSink implements Sink {
  private final SinkPlan.Mail plan;
  private final String member;

  MailSink(SinkPlan.Mail plan, String member) {
    this.plan = plan;
    this.member = member;
  }

  @Override
  public ActionReport send(Notice notice, Duration timeout) {
    boolean tls = plan.tls() == SinkPlan.Tls.TLS;
    String protocol = tls ? "smtps" : "smtp";
    String key = "mail." + protocol + ".";
    String millis = Long.toString(timeout.toMillis());
    Properties p = new Properties();
    p.setProperty(key + "connectiontimeout", millis);
    p.setProperty(key + "timeout", millis);
    p.setProperty(key + "writetimeout", millis);
    p.setProperty(key + "ssl.checkserveridentity", "true");
    p.setProperty(key + "auth", Boolean.toString(plan.user().isPresent()));
    if (plan.tls() == SinkPlan.Tls.STARTTLS) {
      p.setProperty(key + "starttls.enable", "true");
      p.setProperty(key + "starttls.required", "true");
    }
    Session session = Session.getInstance(p);
    try {
      MimeMessage message = new MimeMessage(session);
      message.setFrom(new InternetAddress(plan.from(), true));
      for (String to : plan.to()) {
        message.addRecipient(Message.RecipientType.TO, new InternetAddress(to, true));
      }
      message.setSubject("[muster] " + notice.title(), "UTF-8");
      String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
      message.setHeader("Date", date);
      message.setHeader("Auto-Submitted", "auto-generated");
      message.setText(notice.body() + "\nSent by member " + member + ".\n", "UTF-8");
      try (Transport transport = session.getTransport(protocol)) {
        transport.connect(
            plan.host(),
            plan.port(),
            plan.user().orElse(null),
            plan.password().map(SecretText::reveal).orElse(null));
        transport.sendMessage(message, message.getAllRecipients());
      }
      return ActionReport.done("mail to " + String.join(", ", plan.to()));
    } catch (MessagingException e) {
      String why = String.valueOf(e.getMessage()).strip().replaceAll("\\s+", " ");
      return ActionReport.failed("mail by " + plan.host() + ":" + plan.port() + ": " + why);
    }
  }
}
