using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Collections;
using Postfleet.Core.Concurrency;
using Postfleet.Core.Mail;
using Postfleet.Delivery.Common;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;

namespace Postfleet.Delivery.Smtp;

/// <summary>
/// Opens connections to hosts: the socket, then the session (<see cref="SessionOpening"/>). If opportunistic TLS fails, the host is
/// connected again without TLS, and for a limited time further connections omit TLS at once. Thread-safe; one instance serves the node.
/// </summary>
internal sealed class SmtpConnector(string hostname, DeliveryOptions options, TlsClient tls, TimeProvider time, ILogger logger)
    : IHostConnector
{
    private const int MaxBrokenTlsHosts = 10_000;

    /// <summary>
    /// How long a host with broken TLS is remembered. The time is short, so an attacker with a single broken handshake does not downgrade
    /// the mail of a day.
    /// </summary>
    public static readonly TimeSpan BrokenTlsLife = TimeSpan.FromMinutes(10);

    // A forgotten host costs one more failed handshake.
    private readonly ExpiringSet<string> _brokenTls = new(BrokenTlsLife, MaxBrokenTlsHosts, time);

    private readonly Current<Settings> _settings = new(new Settings(options, tls));

    internal Dialer Dialer { get; init; } = new(options.Timeouts.Connect, time);

    /// <summary>Whether the name in a host's reply to EHLO belongs to another node; need not recognise this node's own name.</summary>
    internal Func<string, bool> IsOwnName { get; init; } = _ => false;

    /// <summary>The trusted authorities in force.</summary>
    public TlsClient Tls => _settings.Value.Tls;

    /// <summary>Opens later connections with other options.</summary>
    public void Use(DeliveryOptions next, TlsClient nextTls)
    {
        _settings.Value = new Settings(next, nextTls);
        Dialer.Limit = next.Timeouts.Connect;
    }

    public async ValueTask<ConnectResult> ConnectAsync(
        string hostName, EndPoint endpoint, Egress egress, CancellationToken cancellationToken)
    {
        var remote = endpoint is IPEndPoint ip ? $"{hostName}[{ip.Address}]:{ip.Port}" : hostName;
        var isOptional = egress.Tls == TlsMode.Opportunistic;
        if (isOptional && _brokenTls.Contains(remote)) return await TryAsync(TlsState.Broken);
        var result = await TryAsync(TlsState.Wanted);
        if (!isOptional || result is not ConnectResult.Refused { IsTlsBroken: true, Reply: var reply }) return result;
        _brokenTls.Add(remote);
        logger.TlsBroken(remote, BrokenTlsLife, reply.Text);
        return await TryAsync(TlsState.Broken);

        async ValueTask<ConnectResult> TryAsync(TlsState state)
        {
            try
            {
                var transport = await Dialer.OpenAsync(
                    endpoint, egress.SourceFor(endpoint.AddressFamily), egress.Proxy, egress.Limits.ConnectTimeout, cancellationToken);
                return await GreetAsync(hostName, remote, transport, egress, state, cancellationToken);
            }
            catch (ProxyException e)
            {
                return new ConnectResult.Refused(new SmtpReply(451, new EnhancedStatus(4, 4, 1), $"{remote}: {e.Message}"))
                {
                    IsLocal = e.IsLocal,
                };
            }
            catch (SocketException e)
            {
                var text = $"{remote}: {SocketErrorText.Of(e.SocketErrorCode)}";
                return new ConnectResult.Refused(new SmtpReply(451, new EnhancedStatus(4, 4, 1), text))
                {
                    IsLocal = e.SocketErrorCode == SocketError.TooManyOpenSockets,
                };
            }
        }
    }

    /// <summary>Opens the session on a new connection; closes the connection on failure.</summary>
    internal async ValueTask<ConnectResult> GreetAsync(
        string hostName, string remote, ITransport transport, Egress egress, TlsState state, CancellationToken cancellationToken)
    {
        var name = egress.Hostname.Length > 0 ? egress.Hostname : hostname;
        var settings = _settings.Value;
        var opening = new SessionOpening(
            name, IsOwnName, hostName, remote, transport, egress, egress.Limits.Apply(settings.Options), settings.Tls, time, logger);
        var isConnected = false;
        try
        {
            var result = await opening.RunAsync(state, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            isConnected = result is ConnectResult.Connected;
            return result;
        }
        finally
        {
            if (!isConnected) transport.Close(opening.IsDead);
        }
    }

    private sealed record Settings(DeliveryOptions Options, TlsClient Tls);
}
