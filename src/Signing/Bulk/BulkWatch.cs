using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Postfleet.Authentication.Messages;
using Postfleet.Contracts.Signing;
using Postfleet.Core.Mail;
using Postfleet.Dns;
using Postfleet.Signing.Messages;

namespace Postfleet.Signing.Bulk;

/// <summary>
/// The signer that the other modules use. It looks at mail of bulk streams (<c>Signing:BulkStreams</c>) after the signing, counts what the
/// mail lacks and warns in the log; the mail goes on. Called by sessions and by the API on their threads. Thread-safe.
/// </summary>
internal sealed class BulkWatch(MessageSigner signer, Func<IDnsLookup> dns, TimeProvider time, ILogger logger)
    : IMessageSigner, IHostedService
{
    private readonly DmarcPresence _dmarc = new(dns, time);
    private readonly long[] _warned = new long[BulkWords.All.Count];

    /// <inheritdoc/>
    public SignedContent Sign(MessageContent content, string stream) => signer.Sign(content, stream);

    /// <inheritdoc/>
    public async ValueTask<SignedContent> SignAsync(MessageContent content, string stream, CancellationToken cancellationToken)
    {
        var signed = await signer.SignAsync(content, stream, cancellationToken);
        if (signer.IsBulk(stream) && signed.Fault == SigningFault.None) Look(signed.Content, stream);
        return signed;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        BulkMetrics.Begin();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Look(MessageContent content, string stream)
    {
        var header = MessageHeader.Read(content.Octets);
        // Providers refuse mail without a clear author; it says nothing about a domain.
        if (AuthorDomains.Read(header).Single is not { } author) return;
        var faults = BulkContent.Faults(header, author);
        if (_dmarc.IsMissing(author)) faults |= BulkFaults.NoDmarc;
        if (faults == BulkFaults.None) return;
        foreach (var (index, (fault, word)) in BulkWords.All.Index())
        {
            if (!faults.HasFlag(fault)) continue;
            BulkMetrics.Count(word);
            Warn(index, fault, author, stream);
        }
    }

    // Once in a minute for each fault: a campaign has a million messages.
    private void Warn(int index, BulkFaults fault, DomainName author, string stream)
    {
        var (now, last) = (time.GetTimestamp(), Interlocked.Read(ref _warned[index]));
        if (last != 0 && time.GetElapsedTime(last, now) < MessageSigner.WarningInterval) return;
        if (Interlocked.CompareExchange(ref _warned[index], now, last) == last)
            logger.BulkLacks(author.Value, stream, BulkWords.Demand(fault));
    }
}
