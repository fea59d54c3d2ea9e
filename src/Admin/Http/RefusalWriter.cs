using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Postfleet.Admin.Http;

/// <summary>
/// The output of a connection, in which <see cref="RefusedRequests"/> can replace the empty answer of the server to a request that the
/// server refuses. The server writes one thing at a time, and ends the connection after such an answer.
/// </summary>
internal sealed class RefusalWriter(PipeWriter output) : PipeWriter
{
    private byte[]? _answer;
    private bool _isAnswered;
    private byte[] _unused = [];

    public override bool CanGetUnflushedBytes => output.CanGetUnflushedBytes;

    public override long UnflushedBytes => output.UnflushedBytes;

    /// <summary>Puts the writer around the output of a connection, as its feature.</summary>
    public static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var transport = connection.Transport;
        var writer = new RefusalWriter(transport.Output);
        connection.Features.Set(writer);
        connection.Transport = new Pipes(transport.Input, writer);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    }

    /// <summary>Sets the answer, instead of which the server's further octets are dropped.</summary>
    public void Replace(byte[] answer) => _answer ??= answer;

    public override Memory<byte> GetMemory(int sizeHint = 0) => _answer is null ? output.GetMemory(sizeHint) : Unused(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _answer is null ? output.GetSpan(sizeHint) : Unused(sizeHint);

    public override void Advance(int bytes)
    {
        if (_answer is null) output.Advance(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Answer();
        return output.FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => output.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        Answer();
        output.Complete(exception);
    }

    private void Answer()
    {
        if (_answer is null || _isAnswered) return;
        _isAnswered = true;
        output.Write(_answer);
    }

    private byte[] Unused(int sizeHint)
    {
        if (_unused.Length < Math.Max(sizeHint, 1)) _unused = new byte[Math.Max(sizeHint, 4096)];
        return _unused;
    }

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
