using System.Runtime.Serialization;
using Postfleet.Core.Mail;

namespace Postfleet.Contracts.Serialization;

/// <summary>Collects the replies and names of a message while it is written, each once. Not safe for several threads.</summary>
public sealed class TextTableWriter
{
    private readonly Dictionary<SmtpReply, int> _replies = [];
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);

    /// <summary>The table, to be put into the message.</summary>
    public Wire.TextTable Table { get; } = new();

    /// <summary>The index of a reply, from 1.</summary>
    public int Index(SmtpReply reply)
    {
        if (_replies.TryGetValue(reply, out var index)) return index;
        Table.Replies.Add(ValueMapping.ToWire(reply));
        _replies.Add(reply, Table.Replies.Count);
        return Table.Replies.Count;
    }

    /// <summary>The index of a name, from 1; 0 for the empty name.</summary>
    public int Index(string name)
    {
        if (name.Length == 0) return 0;
        if (_names.TryGetValue(name, out var index)) return index;
        Table.Names.Add(name);
        _names.Add(name, Table.Names.Count);
        return Table.Names.Count;
    }
}

/// <summary>Looks up the replies and names of a message while it is read. Equal replies become the same object.</summary>
public readonly struct TextTableReader
{
    private readonly SmtpReply[] _replies;
    private readonly Wire.TextTable? _table;

    /// <param name="table">The table of the message; null is an empty table.</param>
    /// <exception cref="ArgumentException">A reply is out of its bounds.</exception>
    public TextTableReader(Wire.TextTable? table)
    {
        _table = table;
        _replies = table is null or { Replies.Count: 0 } ? [] : new SmtpReply[table.Replies.Count];
        for (var i = 0; i < _replies.Length; i++) _replies[i] = ValueMapping.FromWire(table!.Replies[i]);
    }

    /// <summary>The reply of an index; null for 0.</summary>
    /// <exception cref="SerializationException">The index is not in the table.</exception>
    public SmtpReply? ReplyOrNull(int index) => index == 0 ? null : Reply(index);

    /// <summary>The reply of an index from 1.</summary>
    /// <exception cref="SerializationException">The index is not in the table.</exception>
    public SmtpReply Reply(int index) => index >= 1 && index <= _replies.Length
        ? _replies[index - 1]
        : throw new SerializationException($"reply {index} of {_replies.Length}");

    /// <summary>The name of an index; empty for 0.</summary>
    /// <exception cref="SerializationException">The index is not in the table.</exception>
    public string Name(int index)
    {
        if (index == 0) return "";
        var count = _table?.Names.Count ?? 0;
        return index >= 1 && index <= count ? _table!.Names[index - 1] : throw new SerializationException($"name {index} of {count}");
    }
}
