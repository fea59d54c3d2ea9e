using System.Net;
using System.Net.Sockets;
using Postfleet.Core.Mail;
using Postfleet.Core.Options;

namespace Postfleet.Delivery.Smtp;

/// <summary>Opens SMTP connections: TCP, greeting, EHLO, and HELO where EHLO is refused.</summary>
internal sealed class SmtpConnector(string hostname, DeliveryOptions options, TimeProvider time) : IHostConnector
{
    /// <summary>Makes the socket for an address of a family.</summary>
    internal Func<AddressFamily, Socket> NewSocket { get; init; } = family => new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    public async ValueTask<ConnectResult> ConnectAsync(string hostName, IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        var remote = $"{hostName}[{endpoint.Address}]:{endpoint.Port}";
        SocketPipe pipe;
        try
        {
            pipe = await OpenAsync(endpoint, cancellationToken);
        }
        catch (SocketException e)
        {
            return Refuse(new EnhancedStatus(4, 4, 1), $"{remote}: {Describe(e.SocketErrorCode)}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Refuse(new EnhancedStatus(4, 4, 1), $"{remote}: {Describe(SocketError.TimedOut)}");
        }

        return await GreetAsync(remote, new SmtpChannel(pipe, time, remote), pipe.Close, cancellationToken);
    }

    /// <summary>Takes a fresh channel through greeting and EHLO.</summary>
    internal async ValueTask<ConnectResult> GreetAsync(string remote, SmtpChannel channel, Action<bool> close, CancellationToken cancellationToken)
    {
        var isConnected = false;
        try
        {
            var answer = await channel.ReadAsync(options.Timeouts.Greeting, "waiting for the greeting", cancellationToken);
            var capabilities = default(Capabilities);
            if (IsOk(answer))
            {
                answer = await AskAsync(channel, $"EHLO {hostname}", cancellationToken);
                // Extensions are offered by EHLO alone, whatever the answer to HELO may list (RFC 5321 section 4.1.1.1).
                if (IsOk(answer)) capabilities = Capabilities.Parse(answer.Reply!);
                else if (answer.Reply is { Code: >= 500 }) answer = await AskAsync(channel, $"HELO {hostname}", cancellationToken);
            }

            cancellationToken.ThrowIfCancellationRequested();
            isConnected = IsOk(answer);
            return isConnected
                ? new ConnectResult.Connected(new SmtpConnection(remote, channel, capabilities, options, close))
                : GiveUp(remote, answer);
        }
        finally
        {
            if (!isConnected) close(channel.IsDead);
        }
    }

    private async ValueTask<SocketPipe> OpenAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Timeouts.Connect, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var socket = NewSocket(endpoint.AddressFamily);
        try
        {
            await socket.ConnectAsync(endpoint, linked.Token);
            return new SocketPipe(socket);
        }
        catch (IOException)
        {
            // The peer has gone between the connection and the next line.
            socket.Dispose();
            throw new SocketException((int)SocketError.ConnectionReset);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsOk(Answer answer) => answer.Reply is { Code: >= 200 and < 300 };

    private async ValueTask<Answer> AskAsync(SmtpChannel channel, string command, CancellationToken cancellationToken)
    {
        channel.Write(command);
        await channel.FlushAsync(options.Timeouts.Command, "sending EHLO", cancellationToken);
        return await channel.ReadAsync(options.Timeouts.Command, "waiting for the reply to EHLO", cancellationToken);
    }

    // Whatever a host says instead of greeting, another host of the site may take the mail: so it is never a reason to return a message.
    private static ConnectResult.Refused GiveUp(string remote, Answer answer)
    {
        if (answer.Failure is { } failure) return new ConnectResult.Refused(failure.Reply);
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
        SocketError.AddressFamilyNotSupported => "address family not supported",
        SocketError.TooManyOpenSockets => "too many open files",
        _ => error.ToString(),
    };
}
