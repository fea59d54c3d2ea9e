using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Messages;
using Postfleet.Configuration;
using Postfleet.Contracts.Signing;
using Postfleet.Core.Clocks;
using Postfleet.Core.Mail;
using Postfleet.Signing.Options;

namespace Postfleet.Signing;

/// <summary>
/// Signs messages with the keys of section <c>Dkim</c>. The domains in From choose the keys; a message with several From fields, or with an
/// address in From that readers may understand differently, is not signed. Called by sessions, by the API and by the makers of DSNs on
/// their threads. Thread-safe.
/// </summary>
internal sealed class MessageSigner : IMessageSigner, IReloadable<SigningSections>, IDisposable
{
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _running = new(Environment.ProcessorCount);
    private volatile SigningKeys _keys;

    /// <param name="keys">The keys with which the node starts.</param>
    /// <param name="time">The clock.</param>
    public MessageSigner(SigningKeys keys, TimeProvider time) => (_keys, _time) = (keys, time);

    /// <inheritdoc/>
    public Action Prepare(SigningSections settings)
    {
        var next = SigningKeys.Read(settings);
        return () =>
        {
            var last = _keys;
            _keys = next;
            last.Dispose();
        };
    }

    /// <inheritdoc/>
    public MessageContent Sign(MessageContent content, string stream)
    {
        var keys = _keys;
        return keys.IsEmpty || Choose(keys, content, stream, out var header) is not { Count: > 0 } chosen ? content
            : Sign(content, header, chosen);
    }

    /// <inheritdoc/>
    public async ValueTask<MessageContent> SignAsync(MessageContent content, string stream, CancellationToken cancellationToken)
    {
        var keys = _keys;
        if (keys.IsEmpty || Choose(keys, content, stream, out var header) is not { Count: > 0 } chosen) return content;
        await _running.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Sign(content, header, chosen), CancellationToken.None);
        }
        finally
        {
            _running.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _running.Dispose();
        _keys.Dispose();
    }

    private static List<SigningKey> Choose(SigningKeys keys, MessageContent content, string stream, out MessageHeader header)
    {
        header = MessageHeader.Read(content.Octets);
        List<SigningKey> chosen = [];
        var authors = AuthorDomains.Read(header);
        if (authors is not { IsReadable: true, FieldCount: 1 }) return chosen;
        foreach (var domain in authors.Domains)
        {
            foreach (var key in keys.Find(domain, stream))
                if (chosen.Count < SigningConfiguration.MaxSignatures) chosen.Add(key);
        }

        return chosen;
    }

    private MessageContent Sign(MessageContent content, MessageHeader header, List<SigningKey> keys)
    {
        var (fields, now) = (SignedFields.Of(header), _time.GetWallTime());
        return AddedHeaders.Above(content, [.. keys.Select(key => (ReadOnlyMemory<byte>)DkimSigner.Sign(
            header, new DkimSigning(key.Domain, key.Selector, now) { SignedFields = fields }, key.Key))]);
    }
}
