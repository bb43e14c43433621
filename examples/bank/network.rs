//! The channels: one TCP connection of the loopback for each ordered pair of processes, which makes them FIFO.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use serde::{Deserialize, Serialize};

/// What travels: a line of JSON.
#[derive(Debug, Serialize, Deserialize)]
pub enum Frame {
    /// Money.
    Transfer { message: String, amount: u64 },
    /// A marker of the snapshot of this number.
    Marker(usize),
}

/// What a reading thread reports: of whom, and the next frame, or nothing at the end of the channel.
type Arrival = (usize, io::Result<Option<Frame>>);

/// The channels of one process, by number of the other one.
///
/// A thread for each incoming channel moves what arrives to one queue. What has arrived and was not taken yet is still
/// in its channel as far as the program is concerned: it receives a message when it acts on it.
pub struct Network {
    outgoing: Vec<Option<TcpStream>>,
    arrivals: Receiver<Arrival>,
    unread: Vec<VecDeque<Frame>>,
    ended: usize,
}

impl Network {
    /// Connects a process with all others, who listen on these ports.
    pub fn connect(listener: &TcpListener, number: usize, ports: &[u16]) -> io::Result<Self> {
        let mut outgoing = Vec::with_capacity(ports.len());
        for (peer, &port) in ports.iter().enumerate() {
            outgoing.push(if peer == number { None } else { Some(greet(port, number)?) });
        }
        let (sender, arrivals) = channel();
        for _ in 1..ports.len() {
            let mut lines = BufReader::new(listener.accept()?.0).lines();
            let greeting = lines.next().ok_or(io::ErrorKind::UnexpectedEof)??;
            let peer = greeting.parse().map_err(io::Error::other)?;
            let sender = sender.clone();
            thread::spawn(move || read(lines, peer, &sender));
        }
        let unread = ports.iter().map(|_| VecDeque::new()).collect();
        Ok(Self { outgoing, arrivals, unread, ended: 0 })
    }

    /// Sends a frame.
    pub fn send(&mut self, to: usize, frame: &Frame) -> io::Result<()> {
        let stream = self.outgoing.get_mut(to).and_then(Option::as_mut).ok_or(io::ErrorKind::NotConnected)?;
        let mut line = serde_json::to_vec(frame)?;
        line.push(b'\n');
        stream.write_all(&line)
    }

    /// Ends all outgoing channels.
    pub fn close(&mut self) {
        self.outgoing.clear();
    }

    /// Whether all incoming channels have ended.
    pub fn is_over(&self) -> bool {
        self.ended + 1 == self.unread.len()
    }

    /// Takes in what has arrived.
    pub fn gather(&mut self) -> io::Result<()> {
        while let Ok(arrival) = self.arrivals.try_recv() {
            self.arrived(arrival)?;
        }
        Ok(())
    }

    /// Waits for an arrival.
    pub fn wait(&mut self) -> io::Result<()> {
        let arrival = self.arrivals.recv().map_err(io::Error::other)?;
        self.arrived(arrival)
    }

    fn arrived(&mut self, (from, frame): Arrival) -> io::Result<()> {
        match frame? {
            Some(frame) => self.unread[from].push_back(frame),
            None => self.ended += 1,
        }
        Ok(())
    }

    /// From whom there is something unread.
    pub fn senders(&self) -> impl Iterator<Item = usize> {
        (0..self.unread.len()).filter(|&from| !self.unread[from].is_empty())
    }

    /// The next frame of a channel, unread.
    pub fn next(&self, from: usize) -> Option<&Frame> {
        self.unread[from].front()
    }

    /// Takes the next frame of a channel.
    pub fn take(&mut self, from: usize) -> Option<Frame> {
        self.unread[from].pop_front()
    }
}

/// Opens the channel to a process and says who is there.
fn greet(port: u16, number: usize) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_nodelay(true)?;
    writeln!(stream, "{number}")?;
    Ok(stream)
}

/// Reads a channel to its end. Nobody listens any more if the process has failed.
fn read(lines: impl Iterator<Item = io::Result<String>>, from: usize, to: &Sender<Arrival>) {
    for line in lines {
        let frame = line.and_then(|line| Ok(Some(serde_json::from_str(&line)?)));
        if to.send((from, frame)).is_err() {
            return;
        }
    }
    let _ = to.send((from, Ok(None)));
}
