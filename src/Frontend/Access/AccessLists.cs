using System.Net;
using Postfleet.Configuration;
using Postfleet.Core;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Access;

/// <summary>
/// The entries of all access lists. The first entry that applies decides, in the order of the files and of their lines. Immutable; a
/// look-up allocates nothing and takes the same time for any number of addresses, networks and domains.
/// </summary>
internal sealed class AccessLists
{
    /// <summary>The most octets of a file.</summary>
    public const int MaxFile = 32 << 20;

    /// <summary>The most entries of all files.</summary>
    public const int MaxEntries = 500_000;

    private readonly List<AccessEntry> _entries = [];
    private readonly NetworkTable _clients;
    private readonly NameTable _names = new();
    private readonly NameTable _hellos = new();
    private readonly AddressTable _senders = new();
    private readonly AddressTable _recipients = new();

    private AccessLists(IReadOnlyList<string> files, Func<string, string> full)
    {
        List<(IPNetwork, int)> clients = [];
        foreach (var (index, file) in files.Index())
        {
            // An empty value of a list is none.
            if (file.Length > 0 && FileFaults.TryStart(() => Read(file, full(file), clients)) is { } fault)
                throw new StartFailureException($"Inbound:AccessFiles:{index} is '{file}', which cannot be used: {fault}");
        }

        _clients = new NetworkTable(clients);
    }

    /// <summary>The number of entries.</summary>
    public int Count => _entries.Count;

    /// <summary>Reads files.</summary>
    /// <param name="files">The files, as in the configuration.</param>
    /// <param name="full">Gives the full path of a file.</param>
    /// <exception cref="StartFailureException">A file cannot be read, or a line is wrong. The message is one line.</exception>
    public static AccessLists Read(IReadOnlyList<string> files, Func<string, string> full) => new(files, full);

    /// <summary>The first entry that applies to a recipient of a client, without those about the client's name in the DNS.</summary>
    /// <param name="client">The client's address.</param>
    /// <param name="hello">The client's name in HELO or EHLO.</param>
    /// <param name="sender">The reverse-path; null for the null reverse-path.</param>
    /// <param name="recipient">The recipient.</param>
    /// <param name="needsName">Whether an earlier entry may apply to the client's name (<see cref="FindWithName"/>).</param>
    public AccessEntry? Find(IPAddress client, string hello, Mailbox? sender, Mailbox recipient, out bool needsName)
    {
        var first = NumberOf(client, hello, sender, recipient);
        needsName = _names.First < first;
        return EntryOf(first);
    }

    /// <summary>The first entry that applies, also of those about the client's name in the DNS, which is empty for none.</summary>
    public AccessEntry? FindWithName(string name, IPAddress client, string hello, Mailbox? sender, Mailbox recipient) =>
        EntryOf(Math.Min(name.Length == 0 ? NameTable.None : _names.Find(name), NumberOf(client, hello, sender, recipient)));

    private AccessEntry? EntryOf(int number) => number == NameTable.None ? null : _entries[number];

    private int NumberOf(IPAddress client, string hello, Mailbox? sender, Mailbox recipient) => Math.Min(
        Math.Min(_clients.Find(client), _hellos.Find(hello)), Math.Min(_senders.Find(sender), _recipients.Find(recipient)));

    private void Read(string file, string path, List<(IPNetwork, int)> clients)
    {
        try
        {
            if (new FileInfo(path).Length > MaxFile) throw new StartFailureException($"it has more than {MaxFile >> 20} MiB");
            foreach (var (index, line) in File.ReadLines(path).Index())
            {
                if (AccessLine.IsEmpty(line)) continue;
                if (!AccessLine.TryParse(line, out var entry, out var fault)) throw new StartFailureException($"line {index + 1}: {fault}");
                if (_entries.Count == MaxEntries)
                    throw new StartFailureException($"line {index + 1}: there are more than {MaxEntries} entries in all files");
                if (!Add(entry, _entries.Count, clients))
                {
                    throw new StartFailureException(
                        $"line {index + 1}: there are more than {NameTable.MaxGlobs} patterns with * elsewhere than in *.suffix");
                }

                _entries.Add(new AccessEntry(entry.Verdict, file, index + 1));
            }
        }
        catch (Exception e) when (FileFaults.IsFault(e))
        {
            throw new StartFailureException(e.Message.ReplaceLineEndings(" "), e);
        }
    }

    private bool Add(in AccessLine entry, int number, List<(IPNetwork, int)> clients)
    {
        switch (entry.Subject)
        {
            case AccessSubject.Client: clients.Add((entry.Network, number)); return true;
            case AccessSubject.Name: return _names.Add(entry.Value, number);
            case AccessSubject.Helo: return _hellos.Add(entry.Value, number);
            case AccessSubject.Sender: _senders.Add(entry.Value, number); return true;
            default: _recipients.Add(entry.Value, number); return true;
        }
    }
}
