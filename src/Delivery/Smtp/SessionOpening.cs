using Microsoft.Extensions.Logging;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Common;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;

namespace Postfleet.Delivery.Smtp;

/// <summary>The state of a host's TLS, as known before the connection.</summary>
internal enum TlsState
{
    /// <summary>No TLS failure is known.</summary>
    Wanted,

    /// <summary>TLS failed recently; this connection does not try it.</summary>
    Broken,
}

/// <summary>
/// Opens a session: greeting, EHLO (HELO after a refusal, LHLO for LMTP), STARTTLS and a second EHLO, AUTH. Every failure here defers:
/// another host of the site may accept the mail, so no message is returned for it. Created by <see cref="SmtpConnector"/> for each
/// connection and run once.
/// </summary>
internal sealed class SessionOpening(
    string hostname, Func<string, bool> isOwnName, string hostName, string remote, ITransport transport, Egress egress,
    DeliveryOptions options, TlsClient tls, TimeProvider time,
    ILogger logger)
{
    private const string NotEncrypted = "TLS is required and not offered";

    private SmtpChannel _channel = new(transport.Pipe, time, remote);
    private Capabilities _capabilities;
    private TlsFacts? _facts;

    /// <summary>Whether the connection is broken: pending output must be discarded.</summary>
    public bool IsDead => _channel.IsDead;

    private DeliveryTimeoutOptions Timeouts => options.Timeouts;

    private bool IsRequired => egress.Tls is TlsMode.Require or TlsMode.Verify;

    /// <summary>Runs the opening.</summary>
    public async ValueTask<ConnectResult> RunAsync(TlsState state, CancellationToken cancellationToken)
    {
        var refused = (egress.Protocol == MailProtocol.Smtps ? await SecureAsync(cancellationToken) : null)
            ?? await GreetAsync(cancellationToken)
            ?? (egress.Tls == TlsMode.None || _facts is not null || state == TlsState.Broken ? null
                : await StartTlsAsync(cancellationToken))
            ?? CheckTls()
            ?? await AuthenticateAsync(cancellationToken);
        if (refused is not null) return refused;
        var (address, source) = transport.Addresses;
        var session = new SessionFacts(remote, egress.Protocol == MailProtocol.Lmtp, _capabilities, _facts)
        {
            IsNameTrusted = egress.IsNameTrusted,
            Limits = egress.Limits,
            IsLocal = hostName.StartsWith('/'),
            Details = new AttemptDetails(address, source, _facts?.Version ?? "", _facts?.Cipher.ToString() ?? "", TimeSpan.Zero),
            ContentRules = new ContentRules(
                ContentRules.Choose(egress.EightBit, options.EightBit), ContentRules.Choose(egress.LongLines, options.LongLines)),
        };
        return new ConnectResult.Connected(new SmtpConnection(session, _channel, options, transport.Close, time, logger));
    }

    private async ValueTask<ConnectResult.Refused?> GreetAsync(CancellationToken cancellationToken)
    {
        const string Stage = "waiting for the greeting";
        var answer = await _channel.ReadAsync(Timeouts.Greeting, Stage, ReplyParser.MaxStrayInGreeting, cancellationToken);
        return answer.IsPositive ? await HelloAsync(cancellationToken) : ToRefusal(answer, ReplyStage.Greeting, "in its greeting");
    }

    private async ValueTask<ConnectResult.Refused?> HelloAsync(CancellationToken cancellationToken)
    {
        _capabilities = default;
        var verb = egress.Protocol == MailProtocol.Lmtp ? "LHLO" : "EHLO";
        var answer = await _channel.AskAsync($"{verb} {hostname}", verb, Timeouts.Command, cancellationToken);
        if (answer.IsPositive)
        {
            if (IsOwnName(answer.Reply!))
                return Refuse(new EnhancedStatus(4, 4, 6), "mail loop: the host announces the name of this mail system");
            _capabilities = Capabilities.Parse(answer.Reply!);
            return null;
        }

        // Only EHLO announces extensions; lines in a reply to HELO are ignored (RFC 5321 section 4.1.1.1). HELO follows any refusal except
        // 421, which closes the session.
        if (verb == "EHLO" && answer.Reply is { Code: >= 400 and not 421 })
            answer = await _channel.AskAsync($"HELO {hostname}", verb = "HELO", Timeouts.Command, cancellationToken);
        return answer.IsPositive ? null : ToRefusal(answer, ReplyStage.Hello, $"in reply to {verb}");
    }

    private async ValueTask<ConnectResult.Refused?> StartTlsAsync(CancellationToken cancellationToken)
    {
        if (!_capabilities.HasStartTls) return null;
        var answer = await _channel.AskAsync("STARTTLS", "STARTTLS", Timeouts.Command, cancellationToken);
        // A host that refuses STARTTLS remains usable without TLS if the mode allows it. A host that closes the connection instead has
        // broken TLS.
        if (answer.Reply is { Code: not (220 or 421) }) return null;
        if (!answer.IsPositive) return ToRefusal(answer, ReplyStage.Unknown, "in reply to STARTTLS") with { IsTlsBroken = true };
        // A TLS server waits for the client, so octets after the 220 reply were injected by somebody in between (RFC 3207 section 6).
        if (_channel.HasBufferedInput()) return TlsFailure("unexpected data before the TLS handshake");
        if (await SecureAsync(cancellationToken) is { } broken) return broken;
        // In TLS 1.3 a server may report a handshake failure only after the client considers the handshake complete.
        return await HelloAsync(cancellationToken) is { } refused ? refused with { IsTlsBroken = IsDead } : null;
    }

    private async ValueTask<ConnectResult.Refused?> SecureAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Timeouts.Tls, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var name = egress.ServerName.Length > 0 ? egress.ServerName : hostName;
            _facts = await transport.SecureAsync(tls, name, egress.Tls, linked.Token);
            // A certificate for the end of an alias says nothing about the name in the MX record.
            if (name != hostName) _facts = _facts with { IsVerified = false };
            // Everything received before the handshake is discarded (RFC 3207 section 4.2).
            _channel = new SmtpChannel(transport.Pipe, time, remote);
            return null;
        }
        catch (IOException e)
        {
            return TlsFailure($"TLS handshake failed: {e.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return TlsFailure("TLS handshake timed out");
        }
    }

    private ConnectResult.Refused? CheckTls() => IsRequired && _facts is null ? Refuse(new EnhancedStatus(4, 7, 4), NotEncrypted) : null;

    private async ValueTask<ConnectResult.Refused?> AuthenticateAsync(CancellationToken cancellationToken)
    {
        if (egress.Credentials is not { } credentials) return null;
        if (_facts is null && !credentials.IsAllowedInClear)
            return Refuse(new EnhancedStatus(4, 7, 11), "a password is not sent to a host without TLS");
        // An unverified host would learn the password and could use it; SCRAM does not disclose it.
        var mayShow = _facts is { IsVerified: true } || credentials.IsAllowedUnverified;
        var login = new Login(_channel, credentials, _capabilities.Mechanisms ?? [], mayShow, Timeouts.Command);
        if (await login.RunAsync(cancellationToken) is not { } failure) return null;
        logger.LoginFailed(remote, credentials.User, failure);
        return Refuse(new EnhancedStatus(4, 7, 8), failure);
    }

    // An MX may lead to this node under another name or address (RFC 5321 section 6.3). A host named in a route is intended and not
    // checked.
    private bool IsOwnName(RawReply hello) =>
        !egress.IsNameTrusted && hello.Lines[0].Trim().Split(' ', 2)[0] is var name
            && (name.Equals(hostname, StringComparison.OrdinalIgnoreCase) || isOwnName(name));

    private ConnectResult.Refused ToRefusal(CommandReply answer, ReplyStage stage, string when)
    {
        if (answer.Failure is { } failure) return new ConnectResult.Refused(failure.Reply);
        var reply = answer.Outcome;
        var status = reply.Status is { Class: 4 } given ? given : new EnhancedStatus(4, 4, 1);
        return new ConnectResult.Refused(new SmtpReply(451, status, $"{remote} said {when}: {reply}"))
        {
            Told = new HostReply(new SmtpReply(reply.Code, reply.Status, reply.Text) { Stage = stage }, remote),
        };
    }

    private ConnectResult.Refused TlsFailure(string text) => Refuse(new EnhancedStatus(4, 7, 5), text) with { IsTlsBroken = true };

    private ConnectResult.Refused Refuse(EnhancedStatus status, string text) => new(new SmtpReply(451, status, $"{remote}: {text}"));
}
