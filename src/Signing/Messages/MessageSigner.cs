using Microsoft.Extensions.Logging;
using Postfleet.Authentication.Dkim;
using Postfleet.Configuration;
using Postfleet.Contracts.Signing;
using Postfleet.Core.Clocks;
using Postfleet.Core.Mail;
using Postfleet.Signing.Options;

namespace Postfleet.Signing.Messages;

/// <summary>
/// Signs messages with the keys that <see cref="KeyChoice"/> finds. Called by sessions, by the API and by the makers of DSNs on their
/// threads. Thread-safe.
/// </summary>
internal sealed class MessageSigner : IMessageSigner, IReloadable<SigningSections>, IDisposable
{
    /// <summary>The shortest time between two lines in the log about mail that is not signed.</summary>
    public static readonly TimeSpan WarningInterval = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _running = new(Environment.ProcessorCount);
    private readonly Lock _lock = new();
    private volatile SigningState _state;
    private volatile bool _hasStored;
    private long _warned;

    /// <param name="state">The keys and rules with which the node starts.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public MessageSigner(SigningState state, TimeProvider time, ILogger logger)
    {
        (_state, _time, _logger) = (state, time, logger);
        SigningMetrics.Begin();
    }

    /// <summary>The settings of the keys in storage.</summary>
    public StoredKeySettings Settings => _state.Settings;

    /// <summary>Whether the mail of a stream is bulk mail.</summary>
    public bool IsBulk(string stream) => _state.Bulk is { Count: > 0 } bulk && bulk.Contains(stream);

    /// <inheritdoc/>
    public Action Prepare(SigningSections settings)
    {
        var next = SigningState.Read(settings, []);
        return () =>
        {
            lock (_lock)
            {
                var last = _state;
                _state = next.With(last.Stored);
                last.Files.Dispose();
            }
        };
    }

    /// <summary>Whether section <c>Dkim</c> has a key.</summary>
    public bool HasFile(DomainName domain, string selector) => _state.Files.Has(domain, selector);

    /// <summary>Signs with other keys in storage from now on.</summary>
    /// <param name="stored">The keys that sign.</param>
    /// <param name="hasStored">Whether the storage has keys that are not retired, whether or not they sign.</param>
    public void Use(IReadOnlyList<SigningKey> stored, bool hasStored)
    {
        _hasStored = hasStored;
        lock (_lock)
        {
            if (!stored.SequenceEqual(_state.Stored)) _state = _state.With(stored);
        }
    }

    /// <inheritdoc/>
    public SignedContent Sign(MessageContent content, string stream)
    {
        var state = _state;
        if (state.IsEmpty && !_hasStored) return new SignedContent(content);
        var choice = Choose(state, content, stream);
        return choice.Fault != SigningFault.None ? Refuse(content, choice, stream)
            : choice.Keys.Count == 0 ? new SignedContent(content) : Sign(content, choice);
    }

    /// <inheritdoc/>
    public async ValueTask<SignedContent> SignAsync(MessageContent content, string stream, CancellationToken cancellationToken)
    {
        var state = _state;
        if (state.IsEmpty && !_hasStored) return new SignedContent(content);
        var choice = Choose(state, content, stream);
        if (choice.Fault != SigningFault.None) return Refuse(content, choice, stream);
        if (choice.Keys.Count == 0) return new SignedContent(content);
        await _running.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Sign(content, choice), CancellationToken.None);
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
        _state.Files.Dispose();
    }

    private static KeyChoice Choose(SigningState state, MessageContent content, string stream)
    {
        var choice = KeyChoice.Of(state, content, stream);
        SigningMetrics.Count(choice);
        return choice;
    }

    private SignedContent Refuse(MessageContent content, KeyChoice choice, string stream)
    {
        var (now, last) = (_time.GetTimestamp(), Interlocked.Read(ref _warned));
        if ((last == 0 || _time.GetElapsedTime(last, now) >= WarningInterval)
            && Interlocked.CompareExchange(ref _warned, now, last) == last)
        {
            _logger.NotSigned(choice.Refused, stream, choice.Fault == SigningFault.KeyMissing
                ? "no usable key is there" : "the message has no single readable From field, or too many authors");
        }

        return new SignedContent(content, choice.Fault);
    }

    private SignedContent Sign(MessageContent content, KeyChoice choice)
    {
        var (header, now) = (choice.Header, _time.GetWallTime());
        var fields = SignedFields.Of(header);
        return new SignedContent(AddedHeaders.Above(content, [.. choice.Keys.Select(key => (ReadOnlyMemory<byte>)DkimSigner.Sign(
            header, new DkimSigning(key.Domain, key.Selector, now)
            {
                SignedFields = fields,
                HasTime = key.HasTime,
                Validity = key.Validity,
            },
            key.Key))]));
    }
}
