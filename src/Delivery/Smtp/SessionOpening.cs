using Microsoft.Extensions.Logging;
using Postfleet.Core.Mail;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp.Sasl;

namespace Postfleet.Delivery.Smtp;

/// <summary>What is known of a host's TLS before it is asked.</summary>
internal enum TlsState
{
    /// <summary>Nothing bad.</summary>
    Wanted,

    /// <summary>It has just failed: this connection does without.</summary>
    Broken,
}

/// <summary>
/// The beginning of a session: greeting, EHLO (HELO where that is refused, LHLO for LMTP), STARTTLS and EHLO again, AUTH. Whatever a host
/// does instead, another host of the site may take the mail: so it is never a reason to return a message.
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

    /// <summary>Whether the connection broke, so that nothing that is left in it should be sent.</summary>
    public bool IsDead => _channel.IsDead;

    private DeliveryTimeoutOptions Timeouts => options.Timeouts;

    private bool IsRequired => egress.Tls is TlsMode.Require or TlsMode.Verify;

    /// <summary>Runs it to its end.</summary>
    public async ValueTask<ConnectResult> RunAsync(TlsState state, CancellationToken cancellationToken)
    {
        var refused = (egress.Protocol == MailProtocol.Smtps ? await SecureAsync(cancellationToken) : null)
            ?? await GreetAsync(cancellationToken)
            ?? (egress.Tls == TlsMode.None || _facts is not null || state == TlsState.Broken ? null
                : await StartTlsAsync(cancellationToken))
            ?? CheckTls()
            ?? await AuthenticateAsync(cancellationToken);
        if (refused is not null) return refused;
        var session = new SessionFacts(remote, egress.Protocol == MailProtocol.Lmtp, _capabilities, _facts)
        {
            IsNameTrusted = egress.IsNameTrusted,
            IsLocal = hostName.StartsWith('/'),
            ContentRules = new ContentRules(
                ContentRules.Read(egress.EightBit, options.EightBit), ContentRules.Read(egress.LongLines, options.LongLines)),
        };
        return new ConnectResult.Connected(new SmtpConnection(session, _channel, options, transport.Close, logger));
    }

    private async ValueTask<ConnectResult.Refused?> GreetAsync(CancellationToken cancellationToken)
    {
        const string Stage = "waiting for the greeting";
        var answer = await _channel.ReadAsync(Timeouts.Greeting, Stage, ReplyParser.MaxStrayInGreeting, cancellationToken);
        return IsOk(answer) ? await HelloAsync(cancellationToken) : GiveUp(answer, "in its greeting");
    }

    private async ValueTask<ConnectResult.Refused?> HelloAsync(CancellationToken cancellationToken)
    {
        _capabilities = default;
        var verb = egress.Protocol == MailProtocol.Lmtp ? "LHLO" : "EHLO";
        var answer = await AskAsync($"{verb} {hostname}", verb, cancellationToken);
        if (IsOk(answer))
        {
            if (IsOurName(answer.Reply!)) return Refuse(new EnhancedStatus(4, 4, 6), "the host has our own name: mail would go round");
            _capabilities = Capabilities.Parse(answer.Reply!);
            return null;
        }

        // Extensions are offered by EHLO alone, whatever the answer to HELO may list (RFC 5321 section 4.1.1.1). HELO is tried after any
        // refusal but that of a host which is closing (421).
        if (verb == "EHLO" && answer.Reply is { Code: >= 400 and not 421 })
            answer = await AskAsync($"HELO {hostname}", verb = "HELO", cancellationToken);
        return IsOk(answer) ? null : GiveUp(answer, $"in reply to {verb}");
    }

    private async ValueTask<ConnectResult.Refused?> StartTlsAsync(CancellationToken cancellationToken)
    {
        if (!_capabilities.HasStartTls) return null;
        var answer = await AskAsync("STARTTLS", "STARTTLS", cancellationToken);
        // Who says no stays usable in the clear, where that is allowed. Who goes away instead has it broken.
        if (answer.Reply is { Code: not (220 or 421) }) return null;
        if (!IsOk(answer)) return GiveUp(answer, "in reply to STARTTLS") with { IsTlsBroken = true };
        // What follows the 220 in the clear was put there by somebody else: a TLS server waits for its client (RFC 3207 section 6).
        if (_channel.HasMore()) return Broken("more than a reply came before the TLS handshake");
        if (await SecureAsync(cancellationToken) is { } broken) return broken;
        // In TLS 1.3 a server may go only now, for what it did not like in the handshake.
        return await HelloAsync(cancellationToken) is { } refused ? refused with { IsTlsBroken = IsDead } : null;
    }

    private async ValueTask<ConnectResult.Refused?> SecureAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Timeouts.Tls, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            _facts = await transport.SecureAsync(tls, hostName, egress.Tls, linked.Token);
            // Nothing that the peer said or offered before counts any more (RFC 3207 section 4.2).
            _channel = new SmtpChannel(transport.Pipe, time, remote);
            return null;
        }
        catch (IOException e)
        {
            return Broken($"TLS handshake failed: {e.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Broken("TLS handshake timed out");
        }
    }

    private ConnectResult.Refused? CheckTls() => IsRequired && _facts is null ? Refuse(new EnhancedStatus(4, 7, 4), NotEncrypted) : null;

    private async ValueTask<ConnectResult.Refused?> AuthenticateAsync(CancellationToken cancellationToken)
    {
        if (egress.Credentials is not { } credentials) return null;
        if (_facts is null && !credentials.IsAllowedInClear)
            return Refuse(new EnhancedStatus(4, 7, 11), "no password is shown to a host without TLS");
        // A password is as good as lost once a host that only claims the name has seen it; SCRAM does not show it.
        var mayShow = _facts is { IsVerified: true } || credentials.IsAllowedUnverified;
        var login = new Login(_channel, credentials, _capabilities.Mechanisms ?? [], mayShow, Timeouts.Command);
        if (await login.RunAsync(cancellationToken) is not { } failure) return null;
        logger.LoginFailed(remote, credentials.User, failure);
        return Refuse(new EnhancedStatus(4, 7, 8), failure);
    }

    private async ValueTask<Answer> AskAsync(string command, string verb, CancellationToken cancellationToken)
    {
        _channel.Write(command);
        await _channel.FlushAsync(Timeouts.Command, $"sending {verb}", cancellationToken);
        return await _channel.ReadAsync(Timeouts.Command, $"waiting for the reply to {verb}", cancellationToken);
    }

    // An MX may lead here by another name or address than ours (RFC 5321 section 6.3). Who names a host in a route means it.
    private bool IsOurName(RawReply hello) =>
        !egress.IsNameTrusted && hello.Lines[0].Trim().Split(' ', 2)[0] is var name
            && (name.Equals(hostname, StringComparison.OrdinalIgnoreCase) || isOwnName(name));

    private static bool IsOk(Answer answer) => answer.Reply is { Code: >= 200 and < 300 };

    private ConnectResult.Refused GiveUp(Answer answer, string when)
    {
        if (answer.Failure is { } failure) return new ConnectResult.Refused(failure.Reply);
        var reply = answer.Outcome;
        var status = reply.Status is { Class: 4 } given ? given : new EnhancedStatus(4, 4, 1);
        return new ConnectResult.Refused(new SmtpReply(451, status, $"{remote} said {when}: {reply}"));
    }

    private ConnectResult.Refused Broken(string text) => Refuse(new EnhancedStatus(4, 7, 5), text) with { IsTlsBroken = true };

    private ConnectResult.Refused Refuse(EnhancedStatus status, string text) => new(new SmtpReply(451, status, $"{remote}: {text}"));
}
