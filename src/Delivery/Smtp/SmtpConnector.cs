using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Mail;
using Postfleet.Core.Options;

namespace Postfleet.Delivery.Smtp;

/// <summary>Opens SMTP connections: TCP, greeting, EHLO, and HELO where EHLO is refused.</summary>
internal sealed class SmtpConnector(string hostname, DeliveryOptions options, TimeProvider time, ILogger<SmtpConnector> logger)
    : IHostConnector, IDisposable
{
    private readonly SocketConnectionContextFactory _factory = new(new SocketConnectionFactoryOptions(), logger);

    public async ValueTask<ConnectResult> ConnectAsync(string hostName, IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        var remote = $"{hostName}[{endpoint.Address}]:{endpoint.Port}";
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var timeout = new CancellationTokenSource(options.Timeouts.Connect, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await socket.ConnectAsync(endpoint, linked.Token);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            var reason = e is SocketException failure ? Describe(failure.SocketErrorCode) : "the connection timed out";
            return Refuse(new EnhancedStatus(4, 4, 1), $"{remote}: {reason}");
        }

        ConnectionContext context;
        try
        {
            context = _factory.Create(socket);
        }
        catch (SocketException e)
        {
            // The peer has gone between the connection and this line.
            socket.Dispose();
            return Refuse(new EnhancedStatus(4, 4, 1), $"{remote}: {Describe(e.SocketErrorCode)}");
        }

        return await GreetAsync(remote, new SmtpChannel(context.Transport, time), context.DisposeAsync);
    }

    public void Dispose() => _factory.Dispose();

    /// <summary>Takes a fresh channel through greeting and EHLO.</summary>
    internal async ValueTask<ConnectResult> GreetAsync(string remote, SmtpChannel channel, Func<ValueTask> close)
    {
        var greeting = await channel.ReadAsync(options.Timeouts.Greeting, "waiting for the greeting");
        if (greeting.Reply is not { Code: >= 200 and < 300 }) return await GiveUpAsync(remote, greeting, close);
        var hello = await AskAsync(channel, $"EHLO {hostname}");
        if (hello.Reply is { Code: >= 500 }) hello = await AskAsync(channel, $"HELO {hostname}");
        if (hello.Reply is not { Code: >= 200 and < 300 }) return await GiveUpAsync(remote, hello, close);
        return new ConnectResult.Connected(new SmtpConnection(remote, channel, Capabilities.Parse(hello.Reply), options, close));
    }

    private async ValueTask<Answer> AskAsync(SmtpChannel channel, string command)
    {
        channel.Write(command);
        await channel.FlushAsync(options.Timeouts.Command, "sending EHLO");
        return await channel.ReadAsync(options.Timeouts.Command, "waiting for the reply to EHLO");
    }

    // Whatever a host says instead of greeting, another host of the site may take the mail: so it is never a reason to return a message.
    private static async ValueTask<ConnectResult> GiveUpAsync(string remote, Answer answer, Func<ValueTask> close)
    {
        await close();
        var reply = answer.Outcome;
        return Refuse(reply.Status is { Class: 4 } status ? status : new EnhancedStatus(4, 4, 1), $"{remote} said: {reply}");
    }

    private static ConnectResult.Refused Refuse(EnhancedStatus status, string text) => new(new SmtpReply(451, status, text));

    private static string Describe(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.HostUnreachable or SocketError.HostDown => "no route to host",
        SocketError.NetworkUnreachable => "network is unreachable",
        SocketError.TimedOut => "the connection timed out",
        SocketError.ConnectionReset => "connection reset",
        _ => error.ToString(),
    };
}
