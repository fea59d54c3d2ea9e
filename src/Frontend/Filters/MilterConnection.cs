using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Postfleet.Frontend.Filters.Protocol;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Filters;

/// <summary>
/// A connection to a filter: moves frames between the machine and a socket, within time limits. Used by one session, one call at a time;
/// <see cref="Dispose"/> is thread-safe and ends a call in progress.
/// </summary>
internal sealed class MilterConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly PipeReader _input;
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly MilterMachine _machine;
    private readonly TimeProvider _time;

    private MilterConnection(Socket socket, MilterMachine machine, TimeProvider time)
    {
        (_socket, _machine, _time) = (socket, machine, time);
        _input = PipeReader.Create(new NetworkStream(socket, ownsSocket: true));
    }

    /// <summary>The machine of the dialogue.</summary>
    public MilterMachine Machine => _machine;

    /// <summary>Connects, and negotiates options.</summary>
    /// <param name="settings">The filter.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="FilterException">The filter failed.</exception>
    public static async ValueTask<MilterConnection> OpenAsync(MilterSettings settings, CancellationToken cancellationToken)
    {
        var (options, time) = (settings.Options, settings.Time);
        var connection = new MilterConnection(
            await ConnectAsync(options, time, cancellationToken), new MilterMachine(settings.MaxBody), time);
        try
        {
            MilterMachine.WriteOffer(connection._output);
            await connection.WithinAsync(options.CommandTimeout, async token =>
            {
                await connection.SendAsync(default, token);
                await connection.ReadAsync((in MilterFrame frame) =>
                {
                    connection._machine.Agree(frame);
                    return true;
                }, token);
            }, cancellationToken);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Sends a command, if the filter wants it, and waits for the answer, if the filter gives one.</summary>
    /// <param name="command">The command.</param>
    /// <param name="data">Its data.</param>
    /// <param name="macro">The value of a macro.</param>
    /// <param name="timeout">The time limit of a reply.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="FilterException">The filter failed.</exception>
    public async ValueTask<MilterAnswer> AskAsync(
        MilterCommand command, ReadOnlySequence<byte> data, Func<string, string?> macro, TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        if (!_machine.Wants(command)) return default;
        // Otherwise it would count as the answer to this command.
        if (_socket.Available > 0) throw FilterException.Malformed("it sends more than an answer");
        var answers = _machine.Begin(command, (int)data.Length, macro, _output);
        MilterAnswer? answer = null;
        await WithinAsync(timeout, async token =>
        {
            await SendAsync(data, token);
            if (answers) await ReadAsync((in MilterFrame frame) => (answer = _machine.Receive(frame)) is not null, token, timeout);
        }, cancellationToken);
        return answer ?? default;
    }

    /// <summary>Ends an unfinished message, with the next command.</summary>
    public void Abort() => _machine.Abort(_output);

    /// <summary>Tells the filter that the session is over, if it reads at once, and closes the connection.</summary>
    public async ValueTask CloseAsync()
    {
        try
        {
            _machine.Abort(_output);
            MilterFrames.Write(_output, MilterCommand.Quit, []);
            await WithinAsync(QuitTimeout, token => SendAsync(default, token), default);
            await _input.CompleteAsync();
        }
        catch (FilterException)
        {
            // The filter sees the end of the connection all the same.
        }
        finally
        {
            Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private static readonly TimeSpan QuitTimeout = TimeSpan.FromSeconds(1);

    private CancellationTokenSource? _limit;

    private static async ValueTask<Socket> ConnectAsync(FilterOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var endpoint = options.Endpoint!;
        var socket = endpoint.IsUnix ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = new CancellationTokenSource(options.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            EndPoint to = endpoint.IsUnix ? new UnixDomainSocketEndPoint(endpoint.Host) : new DnsEndPoint(endpoint.Host, endpoint.Port);
            await socket.ConnectAsync(to, either.Token);
            return socket;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            var reason = e is SocketException ? e.Message : $"no connection within {options.ConnectTimeout}";
            throw new FilterException(FilterFault.Unreachable, reason, e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async ValueTask WithinAsync(TimeSpan timeout, Func<CancellationToken, ValueTask> work, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        _limit = limit;
        try
        {
            await work(either.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw limit.IsCancellationRequested ? new FilterException(FilterFault.TimedOut, $"no answer within {timeout}", e)
                : new FilterException(FilterFault.Closed, e.Message, e);
        }
        finally
        {
            _limit = null;
        }
    }

    private async ValueTask SendAsync(ReadOnlySequence<byte> data, CancellationToken cancellationToken)
    {
        await SendAllAsync(_output.WrittenMemory, cancellationToken);
        _output.ResetWrittenCount();
        foreach (var memory in data) await SendAllAsync(memory, cancellationToken);
    }

    private async ValueTask SendAllAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        while (octets.Length > 0) octets = octets[await _socket.SendAsync(octets, SocketFlags.None, cancellationToken)..];
    }

    // Reads frames until one is the answer. A frame by which the filter shows that it works extends the time.
    private async ValueTask ReadAsync(FrameHandler isAnswer, CancellationToken cancellationToken, TimeSpan? extension = null)
    {
        while (true)
        {
            var read = await _input.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            var isDone = false;
            while (!isDone && MilterFrames.TryRead(ref buffer, out var frame))
            {
                isDone = isAnswer(frame);
                if (!isDone && extension is { } timeout) _limit?.CancelAfter(timeout);
            }

            if (isDone && !buffer.IsEmpty) throw FilterException.Malformed("it sends more than an answer");
            _input.AdvanceTo(buffer.Start, buffer.End);
            if (isDone) return;
            if (read.IsCompleted) throw new FilterException(FilterFault.Closed, "it closed the connection");
        }
    }

    private delegate bool FrameHandler(in MilterFrame frame);
}
