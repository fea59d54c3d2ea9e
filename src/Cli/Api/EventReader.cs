using System.Text;

namespace Postfleet.Cli.Api;

/// <summary>A received event.</summary>
/// <param name="Position">The position after the event.</param>
/// <param name="Name">The name; empty for a position alone.</param>
/// <param name="Data">The JSON of the event; empty for a position alone.</param>
internal sealed record ReceivedEvent(string? Position, string Name, string Data);

/// <summary>Reads server-sent events. Each stream has its own instance.</summary>
internal sealed class EventReader(TextReader reader)
{
    // Longer than any event. The bound limits the memory for another server's answer.
    private const int MaxEvent = 4 << 20;

    private readonly StringBuilder _line = new();
    private readonly char[] _buffer = new char[4096];
    private int _next;
    private int _end;

    /// <summary>The next event; null at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">An event is too long.</exception>
    public async Task<ReceivedEvent?> ReadAsync(CancellationToken cancellationToken)
    {
        var (position, name, data, length) = ((string?)null, "", "", 0);
        while (await ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length == 0 && (position is not null || data.Length > 0)) return new ReceivedEvent(position, name, data);
            if ((length += line.Length) > MaxEvent) throw new InvalidDataException();
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var (field, value) = colon < 0 ? (line, "") : (line[..colon], line[(colon + 1)..]);
            if (value.StartsWith(' ')) value = value[1..];
            switch (field)
            {
                case "id":
                    position = value;
                    break;
                case "event":
                    name = value;
                    break;
                case "data":
                    data = data.Length == 0 ? value : $"{data}\n{value}";
                    break;
                default:
                    break;
            }
        }

        return null;
    }

    private async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        _line.Clear();
        while (true)
        {
            if (_next == _end)
            {
                (_next, _end) = (0, await reader.ReadAsync(_buffer, cancellationToken));
                if (_end == 0) return null;
            }

            var end = Array.IndexOf(_buffer, '\n', _next, _end - _next);
            var stop = end < 0 ? _end : end;
            _line.Append(_buffer, _next, stop - _next);
            _next = end < 0 ? stop : stop + 1;
            if (_line.Length > MaxEvent) throw new InvalidDataException();
            if (end >= 0) return _line.ToString().TrimEnd('\r');
        }
    }
}
