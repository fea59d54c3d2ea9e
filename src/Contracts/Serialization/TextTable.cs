using System.Runtime.Serialization;
using Postfleet.Core.Mail;

namespace Postfleet.Contracts.Serialization;

/// <summary>Collects the replies and names of one message while it is written, each once. Made when the first one comes.</summary>
internal sealed class TextTableWriter
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

    /// <summary>The index of a name, from 1; 0 for the empty one.</summary>
    public int Index(string name)
    {
        if (name.Length == 0) return 0;
        if (_names.TryGetValue(name, out var index)) return index;
        Table.Names.Add(name);
        _names.Add(name, Table.Names.Count);
        return Table.Names.Count;
    }
}

/// <summary>Looks up the replies and names of one message while it is read; equal ones come out as one object.</summary>
internal readonly struct TextTableReader
{
    private readonly SmtpReply[] _replies;
    private readonly Wire.TextTable? _table;

    public TextTableReader(Wire.TextTable? table)
    {
        _table = table;
        _replies = table is null or { Replies.Count: 0 } ? [] : new SmtpReply[table.Replies.Count];
        for (var i = 0; i < _replies.Length; i++) _replies[i] = ValueMapping.FromWire(table!.Replies[i]);
    }

    public SmtpReply? ReplyOrNull(int index) => index == 0 ? null : Reply(index);

    public SmtpReply Reply(int index) => index >= 1 && index <= _replies.Length
        ? _replies[index - 1]
        : throw new SerializationException($"reply {index} of {_replies.Length}");

    public string Name(int index)
    {
        if (index == 0) return "";
        var count = _table?.Names.Count ?? 0;
        return index >= 1 && index <= count ? _table!.Names[index - 1] : throw new SerializationException($"name {index} of {count}");
    }
}
