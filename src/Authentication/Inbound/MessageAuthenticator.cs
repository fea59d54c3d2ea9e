using System.Buffers;
using Postfleet.Authentication.Arc;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Dmarc;
using Postfleet.Authentication.Messages;
using Postfleet.Authentication.Spf;
using Postfleet.Dns;

namespace Postfleet.Authentication.Inbound;

/// <summary>
/// Evaluates SPF, DKIM and ARC of a received message, and DMARC from their results. Used by the SMTP server and by <c>postfleet
/// inspect</c>. Thread-safe; the work is bounded by the limits of the evaluators and by a common time.
/// </summary>
/// <param name="dns">The resolver.</param>
/// <param name="time">The clock.</param>
public sealed class MessageAuthenticator(IDnsLookup dns, TimeProvider time)
{
    /// <summary>
    /// Evaluates a message. Lookups that have no answer when the time is over count as DNS trouble (<c>temperror</c>).
    /// </summary>
    /// <param name="content">Header and body.</param>
    /// <param name="origin">The client and its envelope; null for a message of unknown origin, which has no SPF result.</param>
    /// <param name="limit">The time for all lookups together.</param>
    /// <param name="cancellation">Ends the evaluation.</param>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async ValueTask<MessageAuthentication> CheckAsync(
        ReadOnlySequence<byte> content, SpfRequest? origin, TimeSpan limit, CancellationToken cancellation)
    {
        using var end = new CancellationTokenSource(limit, time);
        var lookup = new LookupBudget(dns, end.Token);
        var now = time.GetUtcNow();
        var header = MessageHeader.Read(content);
        // All begin their lookups before one of them is awaited.
        var spf = origin is null ? null : new SpfEvaluator(lookup).CheckAsync(origin, now, cancellation).AsTask();
        var dkim = DkimVerifier.VerifyAsync(header, lookup, now, DkimVerifier.DefaultMaxSignatures, cancellation).AsTask();
        var arc = ArcVerifier.VerifyAsync(header, lookup, now, cancellation).AsTask();
        await Task.WhenAll(spf ?? Task.CompletedTask, dkim, arc);
        var found = new MessageAuthentication(spf is null ? null : await spf, origin, await dkim, await arc) { At = now };
        return found with { Dmarc = await new DmarcEvaluator(lookup).EvaluateAsync(RequestOf(header, found), cancellation) };
    }

    private static DmarcRequest RequestOf(MessageHeader header, MessageAuthentication found)
    {
        var authors = AuthorDomains.Read(header);
        return new DmarcRequest(
            authors.Domains, authors is { IsReadable: true, FieldCount: 1 },
            found.Spf is { } spf ? new DmarcIdentifier(spf.Domain, spf.Result == SpfResult.Pass) : null,
            // A signature by a key that is only tested counts as none (RFC 6376 section 3.6.1).
            [
                .. found.Dkim.Where(signature => signature is { Domain: not null, IsTesting: false })
                    .Select(signature => new DmarcIdentifier(signature.Domain!.Value.Value, signature.Status == DkimStatus.Pass)),
            ]);
    }
}
