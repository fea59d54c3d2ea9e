using Postfleet.Core.Mail;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>Makes the envelope of a message when it is stored.</summary>
internal static class StoredEnvelopes
{
    /// <summary>The envelope of the message of the session's transaction.</summary>
    /// <param name="machine">The machine of the session.</param>
    /// <param name="content">The content as it is stored.</param>
    /// <param name="hasEightBit">Whether the content has an octet above 127.</param>
    /// <param name="now">The time, by the steady clock.</param>
    public static MessageEnvelope EnvelopeOf(this SessionMachine machine, MessageContent content, bool hasEightBit, DateTimeOffset now)
    {
        var transaction = machine.Transaction;
        var parameters = transaction.Parameters;
        return new MessageEnvelope
        {
            ReversePath = transaction.ReversePath,
            HasEightBitContent = hasEightBit,
            NeedsSmtpUtf8 = parameters.IsSmtpUtf8
                && (transaction.ReversePath is { IsAscii: false } || (hasEightBit && TraceHeaders.HasEightBit(content.Octets))),
            RequiresTls = parameters.RequiresTls,
            Size = content.Length,
            ClientAddress = machine.Client.ToString(),
            ClientName = machine.ClientName,
            EnvelopeId = parameters.EnvelopeId ?? "",
            Return = parameters.Return,
            SendAfter = transaction.Request?.SendAfter(now) ?? 0,
            Priority = transaction.Request?.Priority ?? 0,
            DeliverBy = transaction.Request?.DeliverBy(now),
            HoldRequest = transaction.Request?.Hold ?? "",
            IsFromUntrustedClient = !machine.MaySendAnywhere,
            Acceptance = new AcceptanceDetails(
                machine.Listener.Endpoint, machine.Tls?.Version ?? "", machine.Tls?.Cipher ?? "", machine.AuthenticatedUser ?? "",
                HeaderMessageId.Read(content)),
        };
    }

    /// <summary>Whether all octets of a content are below 128.</summary>
    public static bool IsAscii(this MessageContent content)
    {
        foreach (var memory in content.Octets) if (!System.Text.Ascii.IsValid(memory.Span)) return false;
        return true;
    }
}
