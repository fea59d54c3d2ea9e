using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Makes the idempotency key of a message. Its owner is the authenticated user, or all trusted clients of a service together: a client may
/// repeat a message to another node and from another address.
/// </summary>
internal static class SubmissionKey
{
    /// <summary>The key for the storage, with the hash of envelope and content.</summary>
    /// <param name="key">The key that the client gave.</param>
    /// <param name="machine">The machine of the session, with its transaction.</param>
    /// <param name="stream">The stream that the client chose; null for none.</param>
    /// <param name="content">The content as it was received, without the fields for this host.</param>
    /// <param name="traceHeader">The length of this host's trace header above the content, which differs with each repetition.</param>
    public static IdempotencyKey Of(string key, SessionMachine machine, string? stream, MessageContent content, int traceHeader)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, machine.Transaction);
        // A message without the field has the hash that it had before streams. The length holds NULs, which no content has.
        if (stream is not null) Append(hash, stream);
        foreach (var memory in content.Octets.Slice(traceHeader)) hash.AppendData(memory.Span);
        var owner = machine.AuthenticatedUser is { } user ? $"user:{user}" : $"smtp:{machine.Listener.Service}";
        return new IdempotencyKey(owner, key, hash.GetHashAndReset());
    }

    // The order of the recipients means nothing.
    private static void Append(IncrementalHash hash, Transaction transaction)
    {
        var parameters = transaction.Parameters;
        Append(hash, transaction.ReversePath?.Address ?? "");
        Append(hash, parameters.EnvelopeId ?? "");
        Append(hash, $"{parameters.Return} {parameters.RequiresTls} {parameters.IsSmtpUtf8} {transaction.Recipients.Count}");
        if (transaction.Request is { } request) Append(hash, request);
        foreach (var recipient in transaction.Recipients.OrderBy(recipient => recipient.Address, StringComparer.Ordinal))
        {
            var reports = transaction.Requests.GetValueOrDefault(recipient, DsnRequest.None);
            Append(hash, recipient.Address);
            Append(hash, $"{(int)reports.Notify} {reports.OriginalRecipient}");
        }
    }

    // As given: a repeated HOLDFOR or BY names another time. Nothing is appended without a parameter, as for streams.
    private static void Append(IncrementalHash hash, MailRequest request)
    {
        if (request.Hold.Length > 0) Append(hash, request.Hold);
        if (request.Priority is { } priority) Append(hash, string.Create(CultureInfo.InvariantCulture, $"priority {priority}"));
        if (request.ByParameter is { } by)
            Append(hash, string.Create(CultureInfo.InvariantCulture, $"by {by.Within} {by.Mode} {by.IsTraced}"));
    }

    // With its length: other texts never have the same octets together.
    private static void Append(IncrementalHash hash, string text)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, octets.Length);
        hash.AppendData(length);
        hash.AppendData(octets);
    }
}
