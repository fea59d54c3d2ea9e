using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Postfleet.Contracts.Users;

namespace Postfleet.Frontend.Authentication;

/// <summary>
/// A connection to the socket <c>auth-client</c> of Dovecot, for one dialogue: the client's side of Dovecot's authentication protocol,
/// version 1. Used by one dialogue, one call at a time.
/// </summary>
internal sealed class DovecotConnection : IDisposable
{
    // Longer than a line with the longest response of a client.
    private const int MaxLine = 32 * 1024;

    // Bounds the handshake, which names the mechanisms.
    private const int MaxHandshake = 200;

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly PipeReader _reader;

    private DovecotConnection(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = PipeReader.Create(_stream);
    }

    /// <summary>The mechanisms that the server has offered, in upper case.</summary>
    public IReadOnlyList<string> Mechanisms { get; private set; } = [];

    /// <summary>Connects, and exchanges the handshake.</summary>
    /// <param name="path">The path of the socket.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="UsersUnavailableException">The server cannot be reached, or speaks another version.</exception>
    public static async Task<DovecotConnection> OpenAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new UsersUnavailableException($"the authentication server at {path} cannot be reached: {e.Message}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var connection = new DovecotConnection(socket);
        try
        {
            await connection.GreetAsync(cancellationToken);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Sends a line.</summary>
    /// <param name="fields">The fields, without their separators.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="UsersUnavailableException">The connection is broken.</exception>
    public async ValueTask SendAsync(IEnumerable<string> fields, CancellationToken cancellationToken)
    {
        try
        {
            await _stream.WriteAsync(Encoding.UTF8.GetBytes(string.Join('\t', fields.Select(Escape)) + "\n"), cancellationToken);
        }
        catch (IOException e)
        {
            throw new UsersUnavailableException($"the connection to the authentication server is broken: {e.Message}", e);
        }
    }

    /// <summary>Reads the fields of the next line.</summary>
    /// <exception cref="UsersUnavailableException">The connection is broken, or the line is too long.</exception>
    public async ValueTask<string[]> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult read;
            try
            {
                read = await _reader.ReadAsync(cancellationToken);
            }
            catch (IOException e)
            {
                throw new UsersUnavailableException($"the connection to the authentication server is broken: {e.Message}", e);
            }

            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.UTF8.GetString(read.Buffer.Slice(0, end));
                _reader.AdvanceTo(read.Buffer.GetPosition(1, end));
                return [.. line.Split('\t').Select(Unescape)];
            }

            if (read.IsCompleted) throw new UsersUnavailableException("the authentication server has closed the connection");
            if (read.Buffer.Length > MaxLine)
                throw new UsersUnavailableException("the authentication server sends a line that is too long");
            _reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Complete();
        _stream.Dispose();
        _socket.Dispose();
    }

    private async Task GreetAsync(CancellationToken cancellationToken)
    {
        await SendAsync(["VERSION", "1", "2"], cancellationToken);
        await SendAsync(["CPID", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)], cancellationToken);
        List<string> mechanisms = [];
        for (var lines = 0; lines < MaxHandshake; lines++)
        {
            switch (await ReadAsync(cancellationToken))
            {
                case ["VERSION", var major, ..] when major != "1":
                    throw new UsersUnavailableException($"the authentication server speaks version {major} of its protocol, and not 1");
                case ["MECH", var name, ..]:
                    mechanisms.Add(name.ToUpperInvariant());
                    break;
                case ["DONE", ..]:
                    Mechanisms = mechanisms;
                    return;
            }
        }

        throw new UsersUnavailableException("the handshake of the authentication server does not end");
    }

    private static string Escape(string field) =>
        field.AsSpan().IndexOfAny("\0\u0001\t\r\n") < 0 ? field : string.Concat(field.Select(c => c switch
    {
        '\0' => "\u00010",
        '\u0001' => "\u00011",
        '\t' => "\u0001t",
        '\r' => "\u0001r",
        '\n' => "\u0001n",
        _ => c.ToString(),
    }));

    private static string Unescape(string field)
    {
        if (!field.Contains('\u0001', StringComparison.Ordinal)) return field;
        var text = new StringBuilder(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] != '\u0001' || i + 1 == field.Length)
            {
                text.Append(field[i]);
                continue;
            }

            text.Append(field[++i] switch { '0' => '\0', '1' => '\u0001', 't' => '\t', 'r' => '\r', 'n' => '\n', var other => other });
        }

        return text.ToString();
    }
}
